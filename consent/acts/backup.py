"""A consistent copy of the database and its blobs, made while everybody works, encrypted, with a signed manifest.

<name>/tables/<table>.<n>   rows as JSON lines, compressed, encrypted under the backup's own data key
<name>/blobs/<key>          as they are kept: ciphertext
<name>/manifest.json        last of all: without it there is no backup

The backup's data key lies in the manifest, wrapped by the key-encryption key; keys are never in a backup.
Source: 45 CFR 164.308(a)(7)(ii)(A).
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import custody, keys, portable, schema
from consent.rules.access import Act
from consent.vault.blobs import BlobMissing
from consent.vault.commitments import sign_manifest
from consent.vault.envelope import Where, encrypt, new_data_key
from consent.vault.shelves import Shelf

FORMAT = 1
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """A finished backup. `gone`: blobs that were destroyed while it was made."""

    name: str
    rows: int
    blobs: int
    gone: int
    size: int


def back_up(house: House, actor: Actor, shelf: Shelf, progress: Progress = lambda said: None) -> Made:
    """Put a whole backup on the shelf, and note it in custody; others go on working meanwhile.

    All rows are as of one instant, and every blob that they name was there before they were.
    Raises: Refused('role'); vault ShelfTrouble: what was written so far is no backup.
    """
    actor.must(Act.BACK_UP)
    made_at = house.clock()
    name = name_at(made_at)
    key = new_data_key(house.keyring)
    tables: dict[str, list[str]] = {}
    rows = size = 0
    with house.reading(snapshot=True) as connection:
        head = custody.head(connection)
        revision = schema.current_revision(connection)
        for table in portable.table_names():
            progress(table)
            tables[table] = []
            for number, some in enumerate(portable.lines(connection, table)):
                token = encrypt(house.keyring, key, Where("backup", table, str(number)), zlib.compress(some))
                shelf.put(f"{name}/tables/{table}.{number}", token)
                tables[table].append(hashlib.sha256(token).hexdigest())
                rows, size = rows + some.count(b"\n"), size + len(token)
        named = sorted({kept.blob for kept in keys.everything_encrypted(connection) if kept.blob is not None})
    blobs, gone = {}, []
    for number, blob in enumerate(named, 1):
        try:
            ciphertext = house.blobs.get(blob)
        except BlobMissing:
            gone.append(blob)
            continue
        shelf.put(f"{name}/blobs/{blob}", ciphertext)
        blobs[blob] = hashlib.sha256(ciphertext).hexdigest()
        size += len(ciphertext)
        if number % 100 == 0:
            progress(f"{number} of {len(named)} blobs")
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "made_at": made_at.astimezone(UTC).isoformat(),
        "revision": revision,
        "custody": {"number": head.number, "hash": head.hash},
        "tables": tables,
        "blobs": blobs,
        "gone": gone,
        "key": {
            "id": key.id,
            "kek": key.kek_id,
            "wrapped": base64.b64encode(key.wrapped).decode("ascii"),
            "salt": base64.b64encode(key.salt).decode("ascii"),
        },
    }
    written = json.dumps(manifest, sort_keys=True).encode()
    signature = sign_manifest(house.keyring, written)
    signed = {"manifest": manifest, "signed_by": signature.key_id, "signature": signature.value.hex()}
    shelf.put(f"{name}/manifest.json", json.dumps(signed, sort_keys=True).encode())
    with house.writing(actor) as deed:
        deed.enter("backup.make", {"rows": rows, "blobs": len(blobs), "entries": head.number})
    return Made(name, rows, len(blobs), len(gone), size)


def name_at(made_at: datetime) -> str:
    """Return the name of a backup that was begun at this instant."""
    return made_at.astimezone(UTC).strftime("%Y%m%dt%H%M%Sz")


def newest(house: House) -> datetime | None:
    """Return when the last backup was finished; None if there never was one."""
    with house.reading() as connection:
        found = custody.page(connection, act="backup.make", actor=None, ref=None, before=None, size=1)
    return found[0].at if found else None
