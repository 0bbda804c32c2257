"""The trail: sign its head, check it against itself and against the records, look at it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.actor import Actor
from consent.acts.house import House, find_wrapped
from consent.acts.opening import open_text
from consent.acts.retrieval import reach
from consent.documents.certificates import Certificate
from consent.documents.stamping import BadStamp, check_stamp
from consent.records import custody, staff, stamps
from consent.records.keys import find_key
from consent.records.ledger import all_digests
from consent.rules.access import Act, may
from consent.rules.chain import START, Chain, Destroyed, Entry, Problem, is_next
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound
from consent.vault.commitments import Signature, commits_to, is_witnessed, sign_head, verify_head
from consent.vault.envelope import CannotDecrypt

PAGE_SIZE = 50


@dataclass(frozen=True)
class Head:
    """Where the chain ended when it was signed."""

    number: int
    hash: str
    signed_at: datetime
    key_id: str
    signature: bytes


@dataclass(frozen=True)
class Soundness:
    """What a check of the whole trail found."""

    entries: int
    heads: int
    stamps: int
    """How often an authority has time-stamped the chain."""
    rows: int
    problems: tuple[Problem, ...]
    erased: Mapping[str, Destroyed] = field(default_factory=dict)
    """Record, or number of an entry with words -> under which rule and on which day it was destroyed."""

    @property
    def sound(self) -> bool:
        """Return whether nothing was found."""
        return not self.problems


@dataclass(frozen=True)
class TrailEntry:
    """One entry as a page shows it: IDs and codes only."""

    number: int
    at: datetime
    act: str
    actor: str
    about: Mapping[str, Any]
    hash: str
    has_text: bool
    who: str = ""
    """The name of the member of staff who did it, if it was one."""


def sign(house: House) -> Head | None:
    """Sign where the chain ends now, unless that end is signed already. At start and nightly.

    An entry that this house did not write is never signed, nor what came after it: then the head is the one before
    it. Returns None before the first entry. Writes: custody_head (append-only), no entry: a signature over the chain
    cannot be part of it.
    """
    with house.scratch() as deed:
        newest = _newest_signed(house, deed.connection)
        number, digest = _ours_until(house, deed.connection, newest)
        if number == 0:
            return None
        if newest is not None and newest.number == number:
            return newest
        signature = sign_head(house.keyring, number, digest, deed.now)
        values = {
            "number": number,
            "hash": digest,
            "signed_at": deed.now,
            "key_id": signature.key_id,
            "signature": signature.value,
        }
        custody.keep_head(deed.connection, id=new_id(secrets.token_bytes), **values)
        return Head(number, digest, deed.now, signature.key_id, signature.value)


def _newest_signed(house: House, connection: Connection) -> Head | None:
    """Return the last head that our key did sign and that the chain still holds."""
    for row in reversed(custody.heads(connection)):
        entry = custody.find(connection, row.number)
        if entry is not None and entry.hash == row.hash and _signed(house, _head(row)):
            return _head(row)
    return None


def _ours_until(house: House, connection: Connection, signed: Head | None) -> tuple[int, str]:
    """Return number and hash of the last entry before the first one, after a signed head, that is not ours."""
    number, digest = (signed.number, signed.hash) if signed is not None else (0, START)
    for entry in _entries(connection, number):
        if not is_next(entry, number, digest, partial(is_witnessed, house.keyring)):
            break
        number, digest = entry.number, entry.hash
    return number, digest


def _head(row: Row[Any]) -> Head:
    return Head(row.number, row.hash, row.signed_at, row.key_id, bytes(row.signature))


def verify(house: House) -> Soundness:
    """Check the chain, its signed heads, its index, the words beside it, and every protected record both ways.

    Reads only, and all as of one instant: others may go on writing meanwhile.
    """
    with house.reading(snapshot=True) as connection:
        chain = Chain(partial(is_witnessed, house.keyring))
        chain.walk(_entries(connection))
        heads = custody.heads(connection)
        for row in heads:
            chain.check_head(row.number, row.hash, _signed(house, _head(row)))
        stamped = custody.stamps(connection)
        roots = trusted(house, connection) if stamped else ()
        for row in stamped:
            chain.check_stamp(row.number, row.hash, _is_stamped(bytes(row.token), row.hash, roots))
        chain.check_refs(custody.references(connection))
        chain.check_words(_words(house, connection, chain))
        chain.check_rows(all_digests(connection))
        return Soundness(
            entries=len(chain.hashes) - 1,
            heads=len(heads),
            stamps=len(stamped),
            rows=len(chain.rows),
            problems=tuple(chain.problems),
            erased=chain.erased,
        )


def check(house: House, viewer: Actor) -> Soundness:
    """Check the whole trail at somebody's wish. Raises: Refused('role')."""
    viewer.must(Act.VERIFY_CUSTODY)
    return verify(house)


def _entries(connection: Connection, after: int = 0) -> Iterator[Entry]:
    for row in custody.entries(connection, after):
        written = custody.written_time(row.at)
        yield Entry(row.number, written, row.act, row.actor, bytes(row.entry), row.hash)


def _words(house: House, connection: Connection, chain: Chain) -> Iterator[tuple[int, bool, str | None]]:
    """Give each entry's words: whether they are what it committed to, and their data key if that is gone."""
    for row in custody.texts(connection):
        lost = None if find_key(connection, row.key_id) is not None else row.key_id
        yield row.number, lost is None and _commits(house, connection, chain, row), lost


def _commits(house: House, connection: Connection, chain: Chain, row: Row[Any]) -> bool:
    """Say whether the words beside an entry are those that it committed to. Nobody sees them."""
    commitment = chain.commitments.get(row.number, "")
    try:
        words = open_text(house, connection, "custody_text", str(row.number), "content", row.content)
        return commits_to(commitment, find_wrapped(connection, row.key_id).salt, words)
    except (CannotDecrypt, KeyError):
        return False


def _signed(house: House, head: Head) -> bool:
    signature = Signature(head.key_id, head.signature)
    return verify_head(house.keyring.custody_public_key, head.number, head.hash, head.signed_at, signature)


def trusted(house: House, connection: Connection) -> tuple[Certificate, ...]:
    """Return every root under which an authority's stamp is good: those named now, and those that ever were."""
    kept = {each.fingerprint: each for each in house.stamper.trust} if house.stamper is not None else {}
    for row in stamps.roots(connection):
        kept.setdefault(row.id, Certificate.load(row.pem.encode()))
    return tuple(kept.values())


def _is_stamped(token: bytes, hash_hex: str, roots: Sequence[Certificate]) -> bool:
    try:
        check_stamp(token, bytes.fromhex(hash_hex), roots)
    except (BadStamp, ValueError):
        return False
    return True


def timeline(house: House, actor: Actor, ref: str) -> tuple[TrailEntry, ...]:
    """Return every entry that speaks of one ID, oldest first; who does not watch the whole trail, of a consent only.

    Raises: NotFound; Refused: role, reason-needed.
    """
    actor.must(Act.SEE_TIMELINE)
    with house.reading() as connection:
        if not may(actor.roles, Act.SEE_CUSTODY):
            reach(house, connection, actor, ref)
        found = _shown(connection, custody.about(connection, ref))
    if not found:
        raise NotFound
    return found


def page(
    house: House,
    viewer: Actor,
    *,
    act: str | None = None,
    actor: str | None = None,
    ref: str | None = None,
    before: int | None = None,
) -> tuple[TrailEntry, ...]:
    """Return up to 50 entries, newest first. Raises: Refused('role')."""
    viewer.must(Act.SEE_CUSTODY)
    with house.reading() as connection:
        rows = custody.page(connection, act=act, actor=actor, ref=ref, before=before, size=PAGE_SIZE)
        return _shown(connection, rows)


def acts_seen(house: House, viewer: Actor) -> tuple[str, ...]:
    """Return the codes of acts that a page can filter by. Raises: Refused('role')."""
    viewer.must(Act.SEE_CUSTODY)
    with house.reading() as connection:
        return tuple(custody.acts_seen(connection))


def _shown(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[TrailEntry, ...]:
    names = staff.names(connection, {row.actor.partition(":")[2] for row in rows})
    return tuple(_entry(row, json.loads(bytes(row.entry)), names) for row in rows)


def _entry(row: Row[Any], content: Mapping[str, Any], names: Mapping[str, str]) -> TrailEntry:
    kind, _, actor_id = row.actor.partition(":")
    who = names.get(actor_id, "") if kind == "staff" else ""
    has_text = content["text"] is not None
    return TrailEntry(row.number, row.at, row.act, row.actor, content["about"], row.hash, has_text, who)


def read_words(house: House, viewer: Actor, number: int) -> str:
    """Return the words kept beside an entry; that somebody read them is an entry too.

    Raises: Refused('role'); NotFound, also for words that were destroyed.
    """
    viewer.must(Act.SEE_CUSTODY)
    with house.writing(viewer) as deed:
        row = custody.find_text(deed.connection, number)
        if row is None or find_key(deed.connection, row.key_id) is None:
            raise NotFound
        words = open_text(house, deed.connection, "custody_text", str(number), "content", row.content)
        deed.enter("custody.read-words", {"number": number})
        return words
