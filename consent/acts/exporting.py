"""Write the trail out, so that anybody can check it with the custody key's public half and nothing else of ours.

Lines of JSON: a header; every entry in its exact bytes, or its digest alone where only some entries are anybody's
business; the index; the signed heads and their time-stamps; words and records that are shown, each with the salt of
its commitment; and a closing signature over all of it. `script/check-custody` reads them.
Source: domain rule 26 (exportable), rule 54 (random IDs only: the trail holds no others).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy.engine import Connection

from consent.acts import custody as trail
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import custody
from consent.rules.access import Act
from consent.rules.chain import START, canonical
from consent.rules.refusal import NotFound
from consent.vault.commitments import key_fingerprint, sign_manifest

FORMAT = "patient-media-consent/custody-export/1"


@dataclass(frozen=True)
class Exported:
    """What was written: how many entries, up to which, and the hash that fixes them all."""

    entries: int
    number: int
    hash: str
    public_key: str
    """The custody key's public half (PEM): kept apart from the export, or whoever forges one forges both."""
    fingerprint: str


@dataclass(frozen=True)
class Shown:
    """What an export tells besides the chain itself."""

    whole: Collection[int] | None = None
    """Numbers of the entries that are written in full; of the others the digest alone. None: all in full."""
    first: int = 1
    """With which entry the export begins."""
    words: Iterable[tuple[int, bytes, str]] = ()
    """Entry, salt and words: what stands beside an entry, opened."""
    records: Iterable[tuple[str, Mapping[str, Any], bytes | None]] = ()
    """Name of a record as table/id, its columns as they are digested, and the salt of its digest."""


class _Lines:
    """Writes one line after another and keeps the digest of them all."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self._count = 0

    def add(self, kind: str, said: object) -> None:
        self.add_whole({kind: said})

    def add_whole(self, content: Mapping[str, Any]) -> None:
        line = canonical(content) + b"\n"
        self._out.write(line)
        self._digest.update(line)
        self._count += 1

    def end(self, house: House) -> None:
        stated = canonical({"custody": FORMAT, "lines": self._count, "sha256": self._digest.hexdigest()})
        signature = sign_manifest(house.keyring, stated)
        self.add("end", {"key_id": signature.key_id, "signature": signature.value.hex()})


def export(house: House, actor: Actor, out: BinaryIO) -> Exported:
    """Write the whole trail, up to and with the entry that says so; its head is signed first.

    Raises: Refused('role').
    """
    actor.must(Act.EXPORT_CUSTODY)
    with house.writing(actor) as deed:
        deed.enter("custody.export", {})
    head = signed_head(house)
    with house.reading(snapshot=True) as connection:
        return write(house, connection, out, head, Shown())


def signed_head(house: House) -> trail.Head:
    """Sign where the trail ends now, and return it. Raises: NotFound before the first entry."""
    head = trail.sign(house)
    if head is None:
        raise NotFound
    return head


def write(house: House, connection: Connection, out: BinaryIO, head: trail.Head, shown: Shown) -> Exported:
    """Write an export that ends with this signed head."""
    lines = _Lines(out)
    count = _entries(lines, house, connection, head, shown)
    for number, ref in custody.references(connection):
        if shown.first <= number <= head.number and (shown.whole is None or number in shown.whole):
            lines.add("about", [number, ref])
    _heads(lines, connection, head, shown.first)
    for number, salt, text in shown.words:
        lines.add("words", {"number": number, "salt": salt.hex(), "text": text})
    for name, values, key_salt in shown.records:
        lines.add("record", {"name": name, "values": values, "salt": key_salt.hex() if key_salt else None})
    lines.end(house)
    key = house.keyring
    return Exported(count, head.number, head.hash, key.custody_public_key, key_fingerprint(key))


def _entries(lines: _Lines, house: House, connection: Connection, head: trail.Head, shown: Shown) -> int:
    count, previous = 0, START
    for row in custody.entries(connection):
        if row.number < shown.first:
            previous = row.hash
            continue
        if row.number > head.number:
            break
        if count == 0:
            lines.add_whole(_header(house, head, shown.first, previous))
        count += 1
        entry = bytes(row.entry)
        if shown.whole is None or row.number in shown.whole:
            lines.add("entry", entry.decode())
        else:
            lines.add("digest", hashlib.sha256(entry).hexdigest())
    return count


def _header(house: House, head: trail.Head, first: int, previous: str) -> dict[str, Any]:
    return {
        "custody": FORMAT,
        "from": first,
        "previous": previous,
        "to": head.number,
        "hash": head.hash,
        "exported_at": custody.written_time(house.clock()),
        "key_id": house.keyring.custody_key_id,
    }


def _heads(lines: _Lines, connection: Connection, head: trail.Head, first: int) -> None:
    for row in custody.heads(connection):
        if first <= row.number <= head.number:
            said = {
                "number": row.number,
                "hash": row.hash,
                "signed_at": custody.written_time(row.signed_at),
                "key_id": row.key_id,
                "signature": bytes(row.signature).hex(),
            }
            lines.add("head", said)
    for row in custody.stamps(connection):
        if first <= row.number <= head.number:
            token = base64.b64encode(bytes(row.token)).decode("ascii")
            lines.add("stamp", {"number": row.number, "hash": row.hash, "token": token})
