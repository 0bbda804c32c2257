"""Look after the keys: wrap every data key anew, prove that the keys at hand open everything, note the export.

A data key never changes: only what wraps it does, so that nothing has to be encrypted again.
Source: 45 CFR 164.312(a)(2)(iv); NIST SP 800-57 part 1, 5.3.4 (a key-encryption key has an end).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Connection, Row

from consent.acts.actor import Actor
from consent.acts.house import House, find_wrapped
from consent.acts.opening import open_bytes
from consent.records import custody, keys
from consent.records.ledger import KeyRetired
from consent.rules.access import Act
from consent.rules.refusal import Reason, Refused
from consent.vault.blobs import BlobMissing
from consent.vault.envelope import CannotDecrypt, Where, WrappedKey, rewrap
from consent.vault.key_export import LEAST_PASSPHRASE, BadExport, export_keys, import_keys
from consent.vault.keys import KeyFolder
from consent.vault.private_files import create_private

__all__ = [
    "LEAST_PASSPHRASE",
    "BadExport",
    "KeyFolder",
    "Openable",
    "Standing",
    "check_everything",
    "confirm_kept_apart",
    "export",
    "is_owed",
    "lost_keys",
    "oldest_key",
    "put_back",
    "retire",
    "standing",
    "wrap_all_anew",
]

LOT = 500
EXPORT = "keys.export"
ROTATE = "keys.rotate"
SEALS_ANEW = ("keys.import-certificate", "keys.renew-certificate")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Standing:
    """Which key-encryption keys wrap how many data keys, and when the keys were last exported and put away."""

    current: str
    wrapped: Mapping[str, int]
    exported_at: datetime | None
    kept_apart_at: datetime | None
    outdated: bool
    """A key was made since the last export, which does not hold it."""

    @property
    def owed(self) -> bool:
        """Return whether an export is still to be made, or its keeping still to be confirmed."""
        if self.exported_at is None or self.kept_apart_at is None:
            return True
        return self.outdated or self.kept_apart_at < self.exported_at


@dataclass(frozen=True)
class Openable:
    """What a check of everything encrypted found. `failed` names each place: table/row/column, never what is in it."""

    keys: int
    opened: int
    destroyed: int
    failed: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Return whether all of it opens."""
        return not self.failed


def standing(house: House, actor: Actor) -> Standing:
    """Return how the keys stand. Raises: Refused('role')."""
    actor.must(Act.LOOK_AFTER_KEYS)
    with house.reading() as connection:
        return _standing(house, connection, keys.count_by_kek(connection))


def is_owed(house: House, actor: Actor) -> bool:
    """Return whether the keys are still to be exported, or to be kept elsewhere. Raises: Refused('role')."""
    actor.must(Act.LOOK_AFTER_KEYS)
    with house.reading() as connection:
        return _standing(house, connection, {}).owed


def wrap_all_anew(house: House, actor: Actor, progress: Progress = lambda done, total: None) -> int:
    """Wrap every data key by the current key-encryption key; return how many were wrapped anew.

    In lots of 500, each committed: whoever interrupts it goes on where it was by calling it again, and everybody
    goes on working meanwhile. One custody entry at the end, if there was anything to do.
    Raises: Refused('role'); vault CannotDecrypt if a data key cannot be unwrapped: it is left as it was; KeyRetired if
    somebody retired the current key meanwhile.
    """
    actor.must(Act.LOOK_AFTER_KEYS)
    current = house.keyring.current_kek_id
    with house.reading() as connection:
        others = {kek: count for kek, count in keys.count_by_kek(connection).items() if kek != current}
    total, done = sum(others.values()), 0
    while True:
        with house.scratch() as deed:
            if not house.keyring.holds(current):
                raise KeyRetired
            lot = keys.wrapped_by_others(deed.connection, current, LOT)
            for row in lot:
                anew = rewrap(house.keyring, _wrapped(row))
                keys.wrap_anew(deed.connection, row.id, row.kek_id, anew.kek_id, anew.wrapped)
        done += len(lot)
        if not lot:
            break
        progress(done, max(total, done))
    if done:
        with house.writing(actor) as deed:
            deed.enter(ROTATE, {"from": sorted(others), "to": current, "data_keys": done})
    return done


def check_everything(house: House, progress: Progress = lambda done, total: None) -> Openable:
    """Open everything that is encrypted, show none of it, and return what could not be opened.

    What was destroyed (its data key is gone) counts apart. As of one instant; others go on working.
    """
    with house.reading(snapshot=True) as connection:
        counted = sum(keys.count_by_kek(connection).values())
        failed = [f"data_key/{row.id}" for row in keys.every_key(connection) if not _opens(house, _wrapped(row))]
        found: Counter[str] = Counter()
        for number, kept in enumerate(keys.everything_encrypted(connection), 1):
            how = _try(house, connection, kept)
            found[how] += 1
            if how == "failed":
                failed.append(f"{kept.table}/{kept.row}/{kept.column}")
            if number % LOT == 0:
                progress(number, number)
    return Openable(counted, found["opened"], found["destroyed"], tuple(failed))


def export(house: House, actor: Actor, folder: KeyFolder, passphrase: str, file: Path) -> None:
    """Write all keys into a new file (mode 0600) under a passphrase, and note that it was done.

    Raises: Refused('role'); ValueError for a passphrase of fewer than 15 characters; OSError, FileExistsError
    among it; vault KeyTrouble.
    """
    actor.must(Act.LOOK_AFTER_KEYS)
    create_private(file, export_keys(folder, passphrase))
    with house.writing(actor) as deed:
        deed.enter(EXPORT, {"kek": house.keyring.current_kek_id, "keys": sorted(_in_use(house))})


def put_back(folder: KeyFolder, export: bytes, passphrase: str) -> None:
    """Put exported keys into an empty key folder; there is no house yet that could note it.

    Raises: BadExport; vault KeyTrouble.
    """
    import_keys(folder, export, passphrase)


def confirm_kept_apart(house: House, actor: Actor) -> None:
    """Record that the administrator keeps the newest export apart from the backups.

    Raises: Refused: role, keys-not-exported, keys-changed (the newest export does not hold all of them).
    """
    actor.must(Act.LOOK_AFTER_KEYS)
    with house.writing(actor) as deed:
        if _last(deed.connection, EXPORT) is None:
            raise Refused(Reason("keys-not-exported"))
        if _is_outdated(house, deed.connection):
            raise Refused(Reason("keys-changed"))
        deed.enter("keys.kept-apart", {"kek": house.keyring.current_kek_id})


def retire(house: House, actor: Actor, folder: KeyFolder, kek_id: str) -> None:
    """Afterwards a key-encryption key that wraps nothing is gone for good, and that it is stands in custody.

    It goes while nobody else can write: a process that still wraps by it is refused (`ledger.KeyRetired`) before it
    has written anything. Raises: Refused: role, key-in-use; vault KeysMissing, KeysUnsafe: then it stays.
    """
    actor.must(Act.LOOK_AFTER_KEYS)
    with house.writing(actor) as deed:
        if keys.count_by_kek(deed.connection).get(kek_id):
            raise Refused(Reason("key-in-use"))
        deed.enter("keys.retire", {"kek": kek_id})
        folder.retire(kek_id)


def lost_keys(house: House) -> tuple[str, ...]:
    """Return the key-encryption keys that the database needs and that are missing here, or are not the ones.

    For the start: one data key of each is unwrapped, so that a wrong key is told before any page is asked for.
    """
    with house.reading() as connection:
        needed = sorted(keys.count_by_kek(connection))
        samples = [(kek_id, keys.one_of(connection, kek_id)) for kek_id in needed]
    return tuple(kek_id for kek_id, row in samples if row is not None and not _opens(house, _wrapped(row)))


def oldest_key(house: House) -> datetime | None:
    """Return since when the current key-encryption key has been in use; None while it wraps nothing.

    What it wraps may be older than it is: then it took over at the last rotation.
    """
    with house.reading() as connection:
        made = keys.first_wrapped_at(connection, house.keyring.current_kek_id)
        rotated = _last(connection, ROTATE)
    return max(made, rotated) if made is not None and rotated is not None else made


def _try(house: House, connection: Connection, kept: keys.Kept) -> str:
    try:
        token = house.blobs.get(kept.blob) if kept.blob is not None else kept.token or b""
        open_bytes(house, connection, Where(kept.table, kept.row, kept.column, kept.version), token)
    except KeyError:
        return "destroyed"
    except BlobMissing:
        return "destroyed" if _key_is_gone(connection, kept) else "failed"
    except CannotDecrypt:
        return "failed"
    return "opened"


def _key_is_gone(connection: Connection, kept: keys.Kept) -> bool:
    key_id = keys.key_of_row(connection, kept.table, kept.row)
    try:
        find_wrapped(connection, key_id or "")
    except KeyError:
        return True
    return False


def _opens(house: House, key: WrappedKey) -> bool:
    try:
        rewrap(house.keyring, key)
    except CannotDecrypt:
        return False
    return True


def _wrapped(row: Row[tuple[object, ...]]) -> WrappedKey:
    return WrappedKey(row.id, row.kek_id, bytes(row.wrapped), bytes(row.salt))


def _last(connection: Connection, act: str) -> datetime | None:
    found = custody.page(connection, act=act, actor=None, ref=None, before=None, size=1)
    return found[0].at if found else None


def _standing(house: House, connection: Connection, wrapped: Mapping[str, int]) -> Standing:
    return Standing(
        house.keyring.current_kek_id,
        wrapped,
        _last(connection, EXPORT),
        _last(connection, "keys.kept-apart"),
        _is_outdated(house, connection),
    )


def _in_use(house: House) -> frozenset[str]:
    ring = house.keyring
    return frozenset(
        {ring.current_kek_id, ring.fingerprint_key_id, ring.custody_key_id, house.search_keys().current_id}
    )


def _is_outdated(house: House, connection: Connection) -> bool:
    """Say whether a key is in use that the last export does not hold; without any export there is none to be old."""
    found = custody.page(connection, act=EXPORT, actor=None, ref=None, before=None, size=1)
    if not found:
        return False
    held = frozenset(json.loads(bytes(found[0].entry))["about"].get("keys", ()))
    sealed_anew = (_last(connection, act) for act in SEALS_ANEW)
    return not _in_use(house) <= held or any(at is not None and at > found[0].at for at in sealed_anew)
