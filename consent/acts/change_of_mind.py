"""A request to stop: how much, how it reached us, in which words. Whoever says less than we need is asked, not doubted.

Source: domain rules 40 and 49.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consent.acts.house import Deed
from consent.mailer import MailFailed, check_address
from consent.records import revocations as records
from consent.rules.access import Act
from consent.rules.refusal import NotFound, Reason, Refused
from consent.rules.scope import AnswerKey

LONGEST_WORDS = 4000


class Scope(StrEnum):
    """How much is stopped."""

    EVERYTHING = "everything"
    FORM = "form"
    PARTS = "parts"


class Way(StrEnum):
    """How the request reached us."""

    CARD = "card"
    IN_PERSON = "in-person"
    LETTER = "letter"
    TELEPHONE = "telephone"
    EMAIL = "email"
    DECLINED = "declined"


STAFF_WAYS = (Way.IN_PERSON, Way.LETTER, Way.TELEPHONE, Way.EMAIL)


@dataclass(frozen=True)
class Change:
    """What somebody wants stopped, and how we know. `contact`: an e-mail address for word about this."""

    consent_id: str
    scope: Scope
    way: Way
    parts: frozenset[AnswerKey] = frozenset()
    images: frozenset[str] = frozenset()
    words: str = ""
    known_how: str = ""
    doubt: bool = False
    contact: str = ""


@dataclass(frozen=True)
class Done:
    """What came of it. `request_id` is None where there was nothing left to stop: then nothing was written."""

    request_id: str | None
    at: datetime
    consents: int = 0
    posts: int = 0


def check(deed: Deed, change: Change) -> None:
    """Refuse what is not a request that this actor may make.

    Raises: NotFound (another card's consent); Refused: role, way-unknown, known-how-missing, words-long, contact-bad.
    """
    actor = deed.actor
    if actor.kind == "card":
        card = records.find_card(deed.connection, actor.id)
        if card is None or card.consent_id != change.consent_id:
            raise NotFound
        allowed: Sequence[Way] = (Way.CARD,)
    else:
        actor.must(Act.REVOKE_FOR_PATIENT)
        allowed = STAFF_WAYS
    reasons = []
    if change.way not in allowed:
        reasons.append(Reason("way-unknown", "way"))
    if actor.kind == "staff" and not change.known_how.strip() and not change.doubt:
        reasons.append(Reason("known-how-missing", "known_how"))
    if len(change.words) > LONGEST_WORDS:
        reasons.append(Reason("words-long", "words", most=LONGEST_WORDS))
    if change.contact and not _is_address(change.contact):
        reasons.append(Reason("contact-bad", "contact"))
    if reasons:
        raise Refused(reasons)


def _is_address(contact: str) -> bool:
    try:
        check_address(contact)
    except MailFailed:
        return False
    return True
