"""Ask before somebody types into a form about something whether it is on record: afterwards his words would be lost."""

from __future__ import annotations

from consent.acts.house import House
from consent.records import on_record
from consent.rules.refusal import NotFound


def check(house: House, noun: str, row_id: str) -> None:
    """Return if it is on record. `noun`: incident | notice | post | request. Raises: NotFound."""
    with house.reading() as connection:
        if not on_record.exists(connection, noun, row_id):
            raise NotFound
