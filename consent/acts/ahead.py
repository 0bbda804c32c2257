"""A paper that was printed before it was signed: kept encrypted for minutes, used only for exactly the same paper.

It is nothing until Finish: not sealed, on no record, and handed to nobody.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.engine import Connection

from consent.acts import held
from consent.acts.answering import Session
from consent.acts.house import House
from consent.documents.paper import PageSize, Paper
from consent.records import consents

GOOD_FOR = timedelta(minutes=10)
"""How old the trail's head on a paper can be at most when it is signed."""


def keep(house: House, session: Session, paper: Paper, size: PageSize, pdf: bytes) -> None:
    """Keep what was printed for this session, in place of what was kept for it before; nothing once it is over."""
    about = {"digest": digest(house, paper, size), "head": paper.custody_head}
    kind = kind_of(session.id)
    with house.scratch() as deed:
        row = consents.find_session(deed.connection, session.id)
        if row is None or row.state not in ("open", "claimed"):
            return
        held.forget_kind(deed.connection, kind)
        held.keep_within(deed, session.handed_over_by, kind, json.dumps(about).encode() + b"\n" + pdf, GOOD_FOR)


def find(
    house: House, connection: Connection, session: Session, paper: Paper, size: PageSize
) -> tuple[Paper, bytes] | None:
    """Return the paper as it was printed ahead, with its file, if it is this very paper but for the trail's head.

    The head is that of the moment when it was printed: it comes before the signature in either case.
    """
    kept = held.newest_within(house, connection, session.handed_over_by, kind_of(session.id))
    if kept is None:
        return None
    header, _, pdf = kept.partition(b"\n")
    about = json.loads(header)
    if about["digest"] != digest(house, paper, size):
        return None
    return replace(paper, custody_head=about["head"]), pdf


def forget(connection: Connection, session_id: str) -> None:
    """Afterwards nothing is kept for this session."""
    held.forget_kind(connection, kind_of(session_id))


def digest(house: House, paper: Paper, size: PageSize) -> str:
    """Return a name for everything that is printed: the whole paper, its files, the sheet, the printer and its
    templates; all but the trail's head, which is on the paper but not its own.
    """
    whole = (house.printer.name, size.value, replace(paper, custody_head=""))
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def kind_of(session_id: str) -> str:
    """Return the name under which a session's paper is held."""
    return f"paper/{session_id}"
