"""What must hold after every death, read from the database and the blobs themselves, never from a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consent.acts import clock_care, custody, filing, upkeep
from consent.acts.actor import COMMAND, SYSTEM
from consent.acts.house import House
from consent.documents.verifying import check_seal
from consent.records import upkeep as kept
from consent.records.tables.consents import consent, consent_answer, document, signature, signing_session
from consent.records.tables.custody import custody as entries
from consent.records.tables.custody import custody_about
from consent.records.tables.owed import notice, task
from consent.records.tables.posts import post, post_consent, takedown
from consent.records.tables.revocations import revocation, revocation_request

FAR = timedelta(days=36_500)


def rows(house: House, table: sa.Table, **where: object) -> Sequence[sa.Row[Any]]:
    """All rows with these values."""
    with house.reading() as connection:
        wanted = sa.select(table)
        for name, value in where.items():
            wanted = wanted.where(table.c[name] == value)
        return connection.execute(wanted).all()


def entered(house: House, act: str, ref: str) -> int:
    """How many custody entries of this act speak of this ID."""
    with house.reading() as connection:
        wanted = sa.select(sa.func.count()).select_from(
            entries.join(custody_about, custody_about.c.number == entries.c.number)
        )
        return connection.execute(wanted.where(entries.c.act == act, custody_about.c.ref == ref)).scalar_one()


def signed(house: House, consent_id: str) -> tuple[bool, list[str]]:
    """Say whether this consent is signed, and all that is half about it."""
    (row,) = rows(house, consent, id=consent_id)
    (session,) = rows(house, signing_session, consent_id=consent_id)
    documents = rows(house, document, consent_id=consent_id, kind="consent")
    found = {
        "signed_at": int(row.signed_at is not None),
        "status": int(row.status == "signed"),
        "document": len(documents),
        "signature": len(rows(house, signature, consent_id=consent_id)),
        "answers": int(len(rows(house, consent_answer, consent_id=consent_id)) > 0),
        "copy owed": len(rows(house, task, once=f"copy-not-given:{consent_id}")),
        "custody": entered(house, "consent.sign", consent_id),
        "session": int(session.state == "signed"),
    }
    is_signed = row.signed_at is not None
    wrong = [f"{name} is {count}" for name, count in found.items() if count != int(is_signed)]
    half = [f"consent {'signed' if is_signed else 'not signed'}, but {', '.join(wrong)}"] if wrong else []
    if is_signed and documents:
        half += _unsound(house, consent_id)
    return is_signed, half


def _unsound(house: House, consent_id: str) -> list[str]:
    """What is wrong with a stored document: decrypted, compared with its hash on record, its seal checked."""
    try:
        with house.reading() as connection:
            pdf = filing.take_out(house, connection, consent_id)
    except Exception as error:
        return [f"the sealed document cannot be read: {type(error).__name__}"]
    found = check_seal(pdf, [house.sealer.certificate])
    return [] if found.genuine else [f"the document is not genuine: {found.reason_code}"]


def withdrawn(house: House, consent_id: str) -> tuple[bool, list[str]]:
    """Say whether this consent is withdrawn, and all that is half about it. It has a live post, taken down or not."""
    (row,) = rows(house, consent, id=consent_id)
    requests = rows(house, revocation_request, consent_id=consent_id)
    (resting,) = rows(house, post_consent, consent_id=consent_id)
    (live,) = rows(house, post, id=resting.post_id)
    owed = rows(house, notice, request_id=requests[0].id) if requests else ()
    found = {
        "status": int(row.status == "revoked"),
        "revoked_at": int(row.revoked_at is not None),
        "request": len(requests),
        "revocation": len(rows(house, revocation, consent_id=consent_id)),
        "post": int(live.state == "flagged"),
        "takedown": len(rows(house, takedown, post_id=live.id)),
        "notices": int(len(owed) > 0),
        "custody": entered(house, "revocation.revoke", consent_id),
    }
    is_withdrawn = row.status == "revoked"
    wrong = [f"{name} is {count}" for name, count in found.items() if count != int(is_withdrawn)]
    return is_withdrawn, [f"consent {row.status}, but {', '.join(wrong)}"] if wrong else []


def chain(house: House) -> list[str]:
    """What a check of the whole trail finds."""
    found = custody.verify(house)
    return [] if found.sound else [f"the chain does not verify: {found.problems[:3]}"]


def blobs(house: House) -> tuple[set[str], set[str]]:
    """The keys in the blob store that no row names, and those that a row names and that are not there."""
    there = set(house.blobs.keys(house.clock() + FAR))
    with house.reading() as connection:
        known = kept.known_blobs(connection)
    return there - known, known - there


def swept(house: House) -> tuple[int, list[str]]:
    """Let upkeep sweep as it would two days later; gives how many orphans lay there, and what is left of them."""
    orphans, missing = blobs(house)
    broken = [f"{len(missing)} blobs that a row names are gone"] if missing else []
    later = house.clock() + timedelta(days=2)
    upkeep.sweep_blobs(replace(house, clock=lambda: later), SYSTEM)
    # That entry lies ahead: without a word for the clock every look-up would be answered no from here on.
    clock_care.confirm(house, COMMAND, house.clock())
    left, missing = blobs(house)
    if left:
        broken.append(f"{len(left)} orphans are left after upkeep")
    if missing:
        broken.append(f"{len(missing)} blobs that a row names are gone after upkeep")
    if house.blobs.sweep_unfinished(later + FAR):
        broken.append("half-written blobs are left after upkeep")
    return len(orphans), broken
