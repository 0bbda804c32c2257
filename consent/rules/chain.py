"""Is the custody chain what it was? Pure: entries, signed heads and row digests in, problems out.

Tamper-evident, not tamper-proof: whoever holds the database and the custody key can write another history. Whoever
holds the database alone can not even add to it: each entry bears a witness that only the key can give.
Source: domain rule 26 (append-only, hash-chained, server UTC time).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

START: Final = "0" * 64

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the one way in which custody writes anything: keys in order, nothing between, UTF-8."""
    return _ENCODER.encode(content).encode()


def grouped(digits: str) -> str:
    """Return hexadecimal digits in groups of four, as a person reads and types them."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def linked(previous: str, entry: bytes) -> str:
    """Return the hash (hex) of an entry: it fixes the entry's bytes and, by the hash before it, all that came before.

    Made of the entry's own digest, so that a chain can be shown to hold with some entries in full and of the others
    the digest alone. Raises: ValueError if `previous` is not hexadecimal.
    """
    return hashlib.sha256(bytes.fromhex(previous) + hashlib.sha256(entry).digest()).hexdigest()


_WITNESS: Final = b',"witness":"'
_CLOSE: Final = b'"}'


def with_witness(entry: bytes, witness: str) -> bytes:
    """Return the bytes of an entry with its witness as the last field, as the order of the fields has it."""
    return entry[:-1] + _WITNESS + witness.encode("ascii") + _CLOSE


def without_witness(written: bytes) -> tuple[bytes, str]:
    """Return what an entry's witness is over, and the witness; it is empty where there is none."""
    entry, found, rest = written.rpartition(_WITNESS)
    if not found or not rest.endswith(_CLOSE):
        return written, ""
    return entry + b"}", rest.removesuffix(_CLOSE).decode("utf-8", "replace")


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it was."""

    code: str
    where: str
    """An entry number, a head's number, or table/id of a row."""


@dataclass(frozen=True)
class Entry:
    """One custody row as found: `written` holds the exact bytes that are chained."""

    number: int
    at: str
    act: str
    actor: str
    written: bytes
    hash: str


@dataclass(frozen=True)
class Destroyed:
    """What an entry says was destroyed: under which rule, on which day."""

    number: int
    rule: str
    on: str


def is_next(entry: Entry, number: int, previous: str, is_witnessed: Callable[[bytes, str], bool]) -> bool:
    """Say whether an entry stands right behind the one of this number and hash, and is ours."""
    try:
        content: dict[str, Any] = json.loads(entry.written)
        said = (content.get("number"), content.get("previous"))
    except (ValueError, AttributeError):
        return False
    if said != (number + 1, previous) or entry.number != number + 1 or linked(previous, entry.written) != entry.hash:
        return False
    return is_witnessed(*without_witness(entry.written))


DESTROY: Final = "consent.destroy"


@dataclass
class Chain:
    """Walks the entries in order; afterwards it knows every hash and the last digest of every row."""

    is_witnessed: Callable[[bytes, str], bool]
    """Whether this is the witness that our custody key gives for the bytes of an entry."""
    problems: list[Problem] = field(default_factory=list)
    hashes: list[str] = field(default_factory=lambda: [START])
    rows: dict[str, str] = field(default_factory=dict)
    refs: set[tuple[int, str]] = field(default_factory=set)
    commitments: dict[int, str] = field(default_factory=dict)
    """Entry number -> commitment to the words that are kept, encrypted, beside it."""
    destroyed: dict[str, Destroyed] = field(default_factory=dict)
    """Data key -> by which entry it was destroyed."""
    silenced: dict[int, Destroyed] = field(default_factory=dict)
    """Number of an entry with words -> by which entry these were destroyed."""
    erased: dict[str, Destroyed] = field(default_factory=dict)
    """Record, or number of an entry with words -> how it went: nobody can open it any more, and nobody need."""

    def walk(self, entries: Iterable[Entry]) -> None:
        """Check each entry against the one before it and against its own columns."""
        for entry in entries:
            if entry.number != len(self.hashes):
                self.problems.append(Problem("entry-missing", str(len(self.hashes))))
                # Keep numbers and hashes in step, so that one gap is told once.
                self.hashes.extend([""] * (entry.number - len(self.hashes)))
            for code in self._wrong(entry):
                self.problems.append(Problem(code, str(entry.number)))
            self.hashes.append(entry.hash)

    def _wrong(self, entry: Entry) -> Iterator[str]:
        try:
            content: dict[str, Any] = json.loads(entry.written)
            follows = linked(str(content.get("previous")), entry.written)
        except (ValueError, AttributeError):
            yield "entry-unreadable"
            return
        if follows != entry.hash:
            yield "entry-altered"
        elif not self.is_witnessed(*without_witness(entry.written)):
            yield "entry-not-ours"
        if content.get("previous") != self.hashes[-1]:
            yield "chain-broken"
        columns = (entry.number, entry.at, entry.act, entry.actor)
        if columns != tuple(content.get(name) for name in ("number", "at", "act", "actor")):
            yield "columns-differ"
        self.rows.update(content.get("rows", {}))
        self.refs.update((entry.number, ref) for ref in content.get("refs", ()))
        if content.get("text"):
            self.commitments[entry.number] = content["text"]
        if content.get("act") == DESTROY:
            about = content.get("about", {})
            how = Destroyed(entry.number, str(about.get("rule", "")), str(about.get("on", "")))
            self.destroyed.update(dict.fromkeys(about.get("data_keys", ()), how))
            self.silenced.update(dict.fromkeys(about.get("words", ()), how))

    def check_head(self, number: int, hash_hex: str, signed: bool) -> None:
        """Check one signed head against the chain as it stands."""
        if not signed:
            self.problems.append(Problem("head-not-ours", str(number)))
        elif number >= len(self.hashes):
            self.problems.append(Problem("tail-missing", str(number)))
        elif self.hashes[number] != hash_hex:
            self.problems.append(Problem("chain-rewritten", str(number)))

    def check_stamp(self, number: int, hash_hex: str, good: bool) -> None:
        """Check one time-stamp of the chain; `good`: an authority that is trusted gave it for this hash."""
        if not good:
            self.problems.append(Problem("stamp-not-good", str(number)))
        else:
            self.check_head(number, hash_hex, signed=True)

    def check_refs(self, found: Iterable[tuple[int, str]]) -> None:
        """Check the index of IDs against the entries, both ways."""
        missing = set(self.refs)
        for pair in found:
            if pair not in self.refs:
                self.problems.append(Problem("index-invented", f"{pair[0]}/{pair[1]}"))
            missing.discard(pair)
        self.problems.extend(Problem("index-missing", f"{number}/{ref}") for number, ref in sorted(missing))

    def check_words(self, found: Iterable[tuple[int, bool, str | None]]) -> None:
        """Check the words beside the entries, both ways: whether each is there, and what was committed to.

        The third value is the data key, if it is gone.
        """
        missing = set(self.commitments)
        for number, genuine, lost_key in found:
            if number not in self.commitments:
                self.problems.append(Problem("words-invented", str(number)))
            elif lost_key is not None and number in self.silenced:
                self.erased[str(number)] = self.silenced[number]
            elif not genuine:
                self.problems.append(Problem("words-altered", str(number)))
            missing.discard(number)
        self.problems.extend(Problem("words-missing", str(number)) for number in sorted(missing))

    def check_rows(self, found: Iterable[tuple[str, str, str | None]]) -> None:
        """Check every record's digest against the last one entered, both ways.

        The third value is the record's data key, if it is gone: then the digest is of what is left, without a salt,
        and must be the one that was entered when the key was destroyed.
        """
        missing = set(self.rows)
        for name, digest, lost_key in found:
            if name not in self.rows:
                self.problems.append(Problem("row-without-entry", name))
            elif self.rows[name] != digest:
                self.problems.append(Problem("row-altered", name))
            elif lost_key is not None and lost_key in self.destroyed:
                self.erased[name] = self.destroyed[lost_key]
            missing.discard(name)
        self.problems.extend(Problem("row-missing", name) for name in sorted(missing))
