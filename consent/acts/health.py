"""Whether this installation can do its work at this moment: for the machine that watches over it."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from consent.acts.house import House
from consent.records import engine


def is_well(house: House) -> bool:
    """Return whether the database answers. Reads nothing that is on record, and never raises for the database."""
    try:
        with house.reading() as connection:
            engine.ask(connection)
    except SQLAlchemyError:
        return False
    return True
