"""Links to the signer's own phone, printed forms and their scans, and what was spoken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.consents import signing_session
from consent.records.tables.staff import staff
from consent.records.tables.ways import paper_page, paper_print, paper_scan, signing_link, spoken

OPEN_LINK = ("sent", "opened")
SCAN_IN_HAND = ("gathering", "transcribed", "sent-back")


def find_link(connection: Connection, link_id: str) -> Row[Any] | None:
    """Return the link, or None."""
    return connection.execute(sa.select(signing_link).where(signing_link.c.id == link_id)).one_or_none()


def link_behind(connection: Connection, token_hash: str) -> Row[Any] | None:
    """Return the link behind this token, however it stands, or None."""
    wanted = sa.select(signing_link).where(signing_link.c.token_hash == token_hash)
    return connection.execute(wanted).one_or_none()


def links_of(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return a consent's links, newest first."""
    wanted = sa.select(signing_link).where(signing_link.c.consent_id == consent_id)
    # Of two made at once the one that nothing has ended is the newer.
    newest = (signing_link.c.made_at.desc(), signing_link.c.ended_at.is_not(None), signing_link.c.id)
    return connection.execute(wanted.order_by(*newest)).all()


def open_links(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return the links of a consent that nothing has ended yet."""
    return [row for row in links_of(connection, consent_id) if row.state in OPEN_LINK]


def links_to_settle(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Return the open links whose time is over or whose signing is."""
    over = sa.or_(signing_link.c.expires_at <= now, signing_session.c.state.in_(("signed", "declined")))
    wanted = (
        sa.select(signing_link, signing_session.c.state.label("signing"), signing_session.c.link_id)
        .join(signing_session, signing_session.c.id == signing_link.c.session_id)
        .where(signing_link.c.state.in_(OPEN_LINK), over)
    )
    return connection.execute(wanted.order_by(signing_link.c.id)).all()


def find_print(connection: Connection, print_id: str) -> Row[Any] | None:
    """Return one printing, or None."""
    return connection.execute(sa.select(paper_print).where(paper_print.c.id == print_id)).one_or_none()


def print_by_code(connection: Connection, code: str) -> Row[Any] | None:
    """Return the printing with this code, or None."""
    return connection.execute(sa.select(paper_print).where(paper_print.c.code == code)).one_or_none()


def prints_of(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return a consent's printings, newest first."""
    wanted = sa.select(paper_print).where(paper_print.c.consent_id == consent_id)
    newest = (paper_print.c.made_at.desc(), paper_print.c.ended_at.is_not(None), paper_print.c.id)
    return connection.execute(wanted.order_by(*newest)).all()


def find_scan(connection: Connection, scan_id: str) -> Row[Any] | None:
    """Return the scan, or None."""
    return connection.execute(sa.select(paper_scan).where(paper_scan.c.id == scan_id)).one_or_none()


def scan_of(connection: Connection, consent_id: str) -> Row[Any] | None:
    """Return the consent's scan that is in hand, or None."""
    wanted = sa.select(paper_scan).where(paper_scan.c.consent_id == consent_id, paper_scan.c.state.in_(SCAN_IN_HAND))
    return connection.execute(wanted).one_or_none()


def pages_of(connection: Connection, scan_id: str) -> Sequence[Row[Any]]:
    """Return the pages of a scan, in order."""
    wanted = sa.select(paper_page).where(paper_page.c.scan_id == scan_id, paper_page.c.blob.is_not(None))
    return connection.execute(wanted.order_by(paper_page.c.place, paper_page.c.id)).all()


def find_page(connection: Connection, page_id: str) -> Row[Any] | None:
    """Return one page, or None."""
    wanted = sa.select(paper_page).where(paper_page.c.id == page_id, paper_page.c.blob.is_not(None))
    return connection.execute(wanted).one_or_none()


def find_spoken(connection: Connection, spoken_id: str) -> Row[Any] | None:
    """Return one spoken consent, or None."""
    return connection.execute(sa.select(spoken).where(spoken.c.id == spoken_id)).one_or_none()


def spoken_of(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return what was spoken on one consent, newest first."""
    wanted = sa.select(spoken).where(spoken.c.consent_id == consent_id)
    return connection.execute(wanted.order_by(spoken.c.made_at.desc(), spoken.c.id)).all()


def staff_by_email(connection: Connection, email: str) -> Row[Any] | None:
    """Return the active member of staff with this address, or None."""
    wanted = sa.select(staff).where(staff.c.email == email.strip().lower(), staff.c.status == "active")
    return connection.execute(wanted).one_or_none()
