"""Put a backup back on an empty machine, and say that it is done only when every part of it was checked."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from consent.acts import backup, custody, filing, key_care, proving, tasks
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_with
from consent.acts.owing import Owing
from consent.records import consents, portable, schema, upkeep
from consent.records.custody import head as custody_head
from consent.rules.access import Act, Role
from consent.rules.refusal import Reason, Refused
from consent.vault.blobs import BlobMissing
from consent.vault.commitments import Signature, verify_manifest
from consent.vault.envelope import CannotDecrypt, Where, WrappedKey
from consent.vault.shelves import Shelf

Progress = Callable[[str], None]
RESTORED = "restored"
"""The task to enter again what has happened since a backup was made, withdrawals before all else."""
UNCHECKED = "restored-unchecked"
"""Stands on record from the first restored row on until all of it was found sound, or somebody answers for it."""


class BadBackup(Exception):
    """The backup cannot be restored; one plain line. Nothing of it stands in the database."""


class NotSound(Exception):
    """What was put back here was not found sound, or not checked to the end; one plain line."""


@dataclass(frozen=True)
class Restored:
    """What was put back, and what a check of all of it found; empty `problems` means that it is done.

    `made_at`: when the backup was made, as its signed manifest says. Whatever came after that is not in it.
    """

    name: str
    made_at: datetime
    age: timedelta
    rows: int
    blobs: int
    seals: int
    problems: tuple[str, ...]


def backups(shelf: Shelf) -> tuple[str, ...]:
    """Return the names of the finished backups on a shelf, oldest first. Raises: vault ShelfTrouble."""
    return tuple(name.removesuffix("/manifest.json") for name in shelf.names("/manifest.json"))


def restore(
    house: House, actor: Actor, shelf: Shelf, name: str | None = None, progress: Progress = lambda said: None
) -> Restored:
    """Restore one backup (by default the newest) into an empty house, then check all of it.

    Rows come in one transaction; blobs first, so that no row ever names one that is not there. Until all of it was
    found sound nothing may be served from it (`must_be_checked`), a machine that died meanwhile included. What was
    withdrawn after the backup was made is in force again: the privacy officers are told, and have the task to enter
    it anew.
    Raises: Refused: role, not-empty; BadBackup; vault ShelfTrouble.
    """
    actor.must(Act.BACK_UP)
    name = _chosen(shelf, name)
    manifest = _manifest(house, shelf, name)
    made_at = _made_at(manifest, name)
    _check_place(house, manifest)
    for number, (key, digest) in enumerate(sorted(manifest["blobs"].items()), 1):
        house.blobs.put_back(key, _part(shelf, f"{name}/blobs/{key}", digest))
        if number % 100 == 0:
            progress(f"{number} of {len(manifest['blobs'])} blobs")
    rows = _write(house, shelf, name, manifest, progress)
    progress("checking")
    seals, problems = check(house)
    if not problems:
        _open(house, actor, made_at, {"rows": rows, "blobs": len(manifest["blobs"])})
    age = house.clock() - made_at
    return Restored(name, made_at, age, rows, len(manifest["blobs"]), seals, problems)


def must_be_checked(house: House) -> House:
    """Return the house, if it may be served: not one into which a backup was put that was not found sound.

    Raises: NotSound.
    """
    with house.reading() as connection:
        if upkeep.begun_at(connection, UNCHECKED) is not None:
            raise NotSound(
                "A backup was put back here and was not found sound, or not checked to the end: nothing is served from "
                "it. `consent finish-restore` checks it again and says what to do."
            )
    return house


def finish(house: House, actor: Actor, accept: str = "") -> tuple[str, ...]:
    """Check again what was put back, and let it be served if it is sound; return what is wrong, in IDs.

    `accept`: why it is to be served although it is not; kept in the trail with how much was wrong.
    Writes: chore, task, notice, custody. Raises: Refused: role, not-restored (nothing waits for this).
    """
    actor.must(Act.BACK_UP)
    with house.reading() as connection:
        made_at = upkeep.begun_at(connection, UNCHECKED)
    if made_at is None:
        raise Refused(Reason("not-restored"))
    _, problems = check(house)
    if not problems:
        _open(house, actor, made_at, {})
    elif accept:
        _open(house, actor, made_at, {"problems": len(problems)}, accept)
    return problems


def _open(house: House, actor: Actor, made_at: datetime, about: dict[str, int], accepted: str | None = None) -> None:
    with house.writing(actor) as restored:
        _tell(restored, backup.name_at(made_at))
        upkeep.forget_begun(restored.connection, UNCHECKED)
        act = "backup.restore" if accepted is None else "backup.accept-unsound"
        restored.enter(act, {**about, "made": made_at.isoformat()}, accepted)


def check(house: House) -> tuple[int, tuple[str, ...]]:
    """Check the trail, everything encrypted and every seal; return how many seals, and what is wrong, in IDs."""
    problems = [f"{problem.code}: {problem.where}" for problem in custody.verify(house).problems]
    problems += [f"cannot be opened: {place}" for place in key_care.check_everything(house).failed]
    seals, broken = check_seals(house)
    return seals, (*problems, *broken)


def check_seals(house: House) -> tuple[int, tuple[str, ...]]:
    """Check the seal of every document that was not destroyed; return how many, and which are broken."""
    problems = []
    with house.reading() as connection:
        sealed = consents.sealed_documents(connection)
        for row in sealed:
            try:
                proof = proving.check_document(house, filing.read(house, connection, row), kept=True)
            except (filing.Altered, BlobMissing, CannotDecrypt, KeyError) as error:
                problems.append(f"document/{row.id}: {type(error).__name__}")
                continue
            if not proof.genuine:
                problems.append(f"document/{row.id}: {proof.reason}")
    return len(sealed), tuple(problems)


def _chosen(shelf: Shelf, name: str | None) -> str:
    found = backups(shelf)
    if name is None and found:
        return found[-1]
    if name is None or name not in found:
        raise BadBackup("There is no finished backup of this name." if name else "There is no finished backup here.")
    return name


def _made_at(manifest: dict[str, Any], name: str) -> datetime:
    """Return when it was made. Raises: BadBackup for one that lies under the name of another, newer or older."""
    made_at = datetime.fromisoformat(manifest["made_at"])
    if backup.name_at(made_at) != name:
        raise BadBackup(f"This backup was made as {backup.name_at(made_at)} and was renamed: it is not what it says.")
    return made_at


def _tell(deed: Deed, name: str) -> None:
    queue = Role.PRIVACY_OFFICER
    tasks.leave(deed, RESTORED, f"{RESTORED}/{name}/{deed.now.isoformat()}", queue=queue.value, about={})
    owing = Owing(deed)
    owing.to_role("backup-restored", f"{name}/{deed.now.isoformat()}", queue, {})
    owing.write()


def _check_place(house: House, manifest: dict[str, Any]) -> None:
    with house.reading() as connection:
        if not portable.is_untouched(connection):
            raise Refused(Reason("not-empty"))
        if schema.current_revision(connection) != manifest["revision"]:
            raise BadBackup("The backup was made by another version of the program: restore it with that one.")


def _write(house: House, shelf: Shelf, name: str, manifest: dict[str, Any], progress: Progress) -> int:
    rows = 0
    with house.scratch() as deed:
        upkeep.keep_begun(deed.connection, UNCHECKED, _made_at(manifest, name))
        for table in portable.table_names():
            progress(table)
            for some in _rows(house, shelf, name, manifest, table):
                rows += portable.write(deed.connection, table, some)
        head = custody_head(deed.connection)
        if {"number": head.number, "hash": head.hash} != manifest["custody"]:
            raise BadBackup("The restored trail does not end where the backup says that it ended.")
    return rows


def _manifest(house: House, shelf: Shelf, name: str) -> dict[str, Any]:
    try:
        kept = shelf.get(f"{name}/manifest.json")
        signed = json.loads(kept)
        manifest: dict[str, Any] = signed["manifest"]
        signature = Signature(signed["signed_by"], bytes.fromhex(signed["signature"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BadBackup("The backup's manifest cannot be read.") from error
    written = json.dumps(manifest, sort_keys=True).encode()
    again = {"manifest": manifest, "signed_by": signature.key_id, "signature": signature.value.hex()}
    if json.dumps(again, sort_keys=True).encode() != kept:
        # Read the same and written otherwise: somebody touched it, though what is signed may stand.
        raise BadBackup("The backup's manifest is not as it was written.")
    if not verify_manifest(house.keyring.custody_public_key, written, signature):
        raise BadBackup("The backup's manifest was not signed with these keys: put the right keys back first.")
    return manifest


def _rows(house: House, shelf: Shelf, name: str, manifest: dict[str, Any], table: str) -> Iterator[bytes]:
    kept = manifest["key"]
    key = WrappedKey(kept["id"], kept["kek"], base64.b64decode(kept["wrapped"]), base64.b64decode(kept["salt"]))
    for number, digest in enumerate(manifest["tables"].get(table, ())):
        token = _part(shelf, f"{name}/tables/{table}.{number}", digest)
        try:
            yield zlib.decompress(open_with(house, key, Where("backup", table, str(number)), token))
        except CannotDecrypt as error:
            raise BadBackup(f"{table}.{number} cannot be opened with the keys at hand.") from error


def _part(shelf: Shelf, name: str, digest: str) -> bytes:
    content = shelf.get(name)
    if hashlib.sha256(content).hexdigest() != digest:
        raise BadBackup(f"{name} is not what the manifest says.")
    return content
