"""The patient looks at a planned post and says yes or no: on the hospital's tablet, or where his card opens.

He sees exactly what would go out: the picture, the words, where, whose account. Nothing is out before his yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import pictures, readiness, showings, tasks
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.organisation import current
from consent.acts.owing import Owing
from consent.formbook import Words
from consent.images.preview import preview
from consent.records import consents, images, revocations
from consent.records import showings as records
from consent.records.organisation import find_account
from consent.records.tables.showings import showing
from consent.rules.refusal import NotFound, Reason, Refused
from consent.rules.scope import ORGANISATION

SCREEN_PIXELS = 1600


@dataclass(frozen=True)
class Looking:
    """Whose planned posts this browser shows, how it came here, and the language in which he reads."""

    consent_id: str
    language: str
    actor: Actor


@dataclass(frozen=True)
class Seen:
    """One planned post as the patient sees it. `waiting`: how many there are to look at, this one with them."""

    id: str
    pictures: int
    caption: str
    channel: str
    who_sees: str
    account: str
    purpose: str
    waiting: int


def by_card(house: House, card_id: str, language: str | None = None) -> Looking:
    """Return what the holder of an opened card may look at. Raises: NotFound."""
    with house.reading() as connection:
        card = revocations.find_card(connection, card_id)
        row = None if card is None else consents.find(connection, card.consent_id)
        if row is None:
            raise NotFound
        return Looking(row.id, _spoken(house, row, language), Actor("card", card_id))


def by_tablet(house: House, tablet_id: str, language: str | None = None) -> Looking:
    """Return what whoever holds this tablet may look at. Raises: NotFound."""
    with house.reading() as connection:
        tablet = records.find_tablet(connection, tablet_id)
        row = None if tablet is None else consents.find(connection, tablet.consent_id)
        if row is None:
            raise NotFound
        return Looking(row.id, _spoken(house, row, language), Actor("showing", tablet_id))


def languages(house: House, looking: Looking) -> tuple[str, ...]:
    """Return the languages in which he can read it. Raises: NotFound."""
    with house.reading() as connection:
        row = consents.find(connection, looking.consent_id)
        if row is None:
            raise NotFound
        return readiness.version_of(house, row).languages


def waits(house: House, looking: Looking) -> int:
    """Return how many planned posts wait to be looked at."""
    with house.reading() as connection:
        return len(records.open_of(connection, looking.consent_id))


def next_one(house: House, looking: Looking) -> Seen | None:
    """Return the planned post that has waited longest; that he looks at it is an entry. None: there is none left."""
    with house.writing(looking.actor) as deed:
        rows = records.open_of(deed.connection, looking.consent_id)
        if not rows:
            deed.nothing()
            return None
        row = rows[0]
        if row.shown_at is None:
            deed.ledger.update(showing, row.id, shown_at=deed.now)
        deed.enter("showing.show", {"showing": row.id, "consent": row.consent_id, "image": list(row.images)})
        return _seen(house, deed.connection, row, house.forms.words(looking.language), len(rows))


def picture(house: House, looking: Looking, showing_id: str, place: int) -> bytes:
    """Return one of its pictures, as large as a screen shows it (JPEG). Raises: NotFound, also before it is shown."""
    with house.reading() as connection:
        row = records.find(connection, showing_id)
        if row is None or row.consent_id != looking.consent_id or row.state != "open" or row.shown_at is None:
            raise NotFound
        found = images.find(connection, row.images[place]) if 0 <= place < len(row.images) else None
    if found is None:
        raise NotFound
    return preview(pictures.content(house, found), SCREEN_PIXELS)


def answer(house: House, looking: Looking, showing_id: str, agrees: bool) -> None:
    """Keep his yes or no, and tell whoever planned it. Said once; another answer needs another showing.

    Writes: showing, task, notice. Raises: NotFound; Refused: showing-over (answered, given up or withdrawn since).
    """
    with house.writing(looking.actor) as deed:
        row = records.find(deed.connection, showing_id)
        if row is None or row.consent_id != looking.consent_id:
            raise NotFound
        if row.state != "open" or row.shown_at is None:
            raise Refused(Reason("showing-over"))
        said = "agreed" if agrees else "declined"
        deed.ledger.update(
            showing,
            row.id,
            state=said,
            answered_at=deed.now,
            answered_by=deed.actor.name,
            language=looking.language,
        )
        tasks.settle(deed, showings.task_of(row.id), said)
        owing = Owing(deed)
        owing.to_staff(f"showing-{said}", row.id, row.planned_by, {"showing": [row.id]})
        about = {"showing": row.id, "consent": row.consent_id, "notice": list(owing.write()), "agrees": agrees}
        deed.enter("showing.answer", about)


def _seen(house: House, connection: Connection, row: Row[Any], say: Words, waiting: int) -> Seen:
    channel = house.forms.channels[row.channel].words[say.language]
    purpose = house.forms.purposes[row.purpose].words[say.language]
    return Seen(
        id=row.id,
        pictures=len(row.images),
        caption=showings.caption_of(house, connection, row),
        channel=channel.name,
        who_sees=channel.hint,
        account=_account(connection, row),
        purpose=purpose.name,
        waiting=waiting,
    )


def _account(connection: Connection, row: Row[Any]) -> str:
    """Return whose account it is, and its name where one is chosen."""
    found = find_account(connection, row.account_id) if row.account_id else None
    ours = current(connection).legal_name
    if found is None:
        return ours
    whose = ours if found.owner == ORGANISATION else found.owner_name
    return f"{whose}: {found.name}" if whose else str(found.name)


def _spoken(house: House, row: Row[Any], language: str | None) -> str:
    spoken = readiness.version_of(house, row).languages
    return language if language in spoken else str(row.language)
