"""The head of the trail on paper, for the privacy officer's file: a witness out of reach of whoever rewrites the trail.

A printed head names one entry and its hash, which fixes every entry before it. Typed in again, in whole or in half, it
tells whether the trail still holds it. Source: domain rule 26; decision 0023.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consent.acts import custody as trail
from consent.acts.actor import Actor
from consent.acts.custody import Head, Soundness
from consent.acts.house import House
from consent.acts.paperwork import page_size
from consent.documents.paper import Letter
from consent.records import custody
from consent.records import organisation as organisation_records
from consent.rules.access import Act
from consent.rules.chain import grouped
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.commitments import key_fingerprint

# Half of the hash is typed with less pain, and nobody finds another entry that has it.
SHORTEST, WHOLE = 32, 64
WHAT = (
    "This page fixes the trail of the patient media consents up to one entry. Whoever changes that entry or one before "
    "it, takes one out or puts one in, gets another hash than the one below."
)
HOW = (
    "Sign it, date it, and keep it where whoever runs the machine cannot reach it. To check it later, open Trail, then "
    "Printed heads, and type the number and the hash; the first half is enough. Or have the trail written out and "
    "checked by the tool that comes with it, under the key below."
)
_GAPS = re.compile(r"[\s.:-]+")
_HEX = re.compile(r"[0-9a-f]*")


class Held(StrEnum):
    """What became of a printed head."""

    HELD = "held"
    """The trail has this entry with this hash, and is whole."""
    OTHER = "other"
    """The trail has another entry there: it was rewritten, or the paper is not from here."""
    CUT = "cut"
    """The trail does not reach so far."""
    UNSOUND = "unsound"
    """The entry bears this hash, but the trail is not whole."""


@dataclass(frozen=True)
class Standing:
    """Where the trail stands: the newest signed head, the key that signed it, how often an authority stamped it."""

    number: int
    hash: str
    signed_at: datetime
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """What a typed head came to, and what was found on the way."""

    held: Held
    number: int
    at: datetime | None
    """When that entry was written."""
    found: Soundness


def standing(house: House, viewer: Actor) -> Standing | None:
    """Return the newest signed head; None before the first. Raises: Refused('role')."""
    viewer.must(Act.VERIFY_CUSTODY)
    with house.reading() as connection:
        heads = custody.heads(connection)
    if not heads:
        return None
    return Standing(heads[-1].number, heads[-1].hash, heads[-1].signed_at, key_fingerprint(house.keyring))


def print_head(house: House, viewer: Actor) -> bytes:
    """Sign where the trail ends now, and return that as a PDF to print, sign and file.

    Raises: Refused('role'); NotFound before the first entry; documents CannotPrint.
    """
    viewer.must(Act.VERIFY_CUSTODY)
    head = trail.sign(house)
    if head is None:
        raise NotFound
    return house.printer.print_letter(_letter(house, head), page_size(house))


def check(house: House, viewer: Actor, number: str, typed: str) -> Answer:
    """Return whether the trail still holds a head that was printed or noted once; all of the trail is checked for it.

    Raises: Refused: role, number-wrong, hash-wrong, hash-short (least).
    """
    viewer.must(Act.VERIFY_CUSTODY)
    wanted, digits = _read(number, typed)
    with house.reading() as connection:
        row = custody.find(connection, wanted)
    found = trail.verify(house)
    if row is None:
        return Answer(Held.CUT, wanted, None, found)
    if not row.hash.startswith(digits):
        return Answer(Held.OTHER, wanted, row.at, found)
    return Answer(Held.HELD if found.sound else Held.UNSOUND, wanted, row.at, found)


def _read(number: str, typed: str) -> tuple[int, str]:
    reasons = []
    written, digits = _GAPS.sub("", number), _GAPS.sub("", typed).lower()
    # Nine digits reach further than any trail.
    if not (written.isascii() and written.isdigit() and len(written) < 10 and int(written) > 0):
        reasons.append(Reason("number-wrong", "number"))
    if not _HEX.fullmatch(digits) or len(digits) > WHOLE:
        reasons.append(Reason("hash-wrong", "hash"))
    elif len(digits) < SHORTEST:
        reasons.append(Reason("hash-short", "hash", least=SHORTEST))
    if reasons:
        raise Refused(reasons)
    return int(written), digits


def _letter(house: House, head: Head) -> Letter:
    words = house.forms.words("en")
    with house.reading() as connection:
        organisation = organisation_records.in_force(connection)
    name = organisation.legal_name if organisation is not None else ""
    local = head.signed_at.astimezone(house.terms.zone)
    digits = grouped(head.hash).split()
    rows = (
        ("Entry number", str(head.number)),
        ("Hash, first half", " ".join(digits[:8])),
        ("Hash, second half", " ".join(digits[8:])),
        ("Signed", f"{head.signed_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Key", grouped(key_fingerprint(house.keyring))),
        ("Printed for", "________________________________"),
        ("Date and signature", "________________________________"),
    )
    return Letter(
        title="Where the trail stands",
        language="en",
        direction=words("language.direction"),
        organisation_name=name,
        organisation_lines=tuple(organisation.address.splitlines()) if organisation is not None else (),
        recipient_lines=(organisation.privacy_office if organisation is not None else "",),
        date_words=words.date(local.date()),
        reference=str(head.number),
        paragraphs=(WHAT, HOW),
        rows_heading="The head",
        rows=rows,
        specimen=house.terms.demo,
        labels={
            "page": words("labels.page-of", page="{page}", pages="{pages}"),
            "specimen": words("labels.specimen"),
            "reference": "Entry",
        },
        closing=("It names no patient and no act. It may be shown to anybody.",),
    )
