"""The signed paper comes back: its pages are scanned or photographed, made anew, encrypted and put in order.

While a scan is in hand the consent is neither draft nor signed: nothing on it can be changed, and nothing counts.
Source: domain rule 24.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, drafts, on_paper, tasks
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_bytes
from consent.acts.retrieval import check_access, reach
from consent.images.preview import preview
from consent.images.scans import MOST_PAGES, read_scan, turn
from consent.records import consents, ways
from consent.records.tables.consents import consent
from consent.records.tables.ways import paper_page, paper_scan
from consent.rules.access import Act
from consent.rules.identifiers import BadIdentifier, new_id, parse_print_code
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.envelope import Where, encrypt, new_data_key

ON_SCREEN = 1500  # pixels along the longer side: handwriting can be read


@dataclass(frozen=True)
class PageShown:
    """One page as it is shown: a small JPEG, upright."""

    id: str
    number: int
    jpeg: bytes


@dataclass(frozen=True)
class Scan:
    """A scan in hand. `state`: gathering | transcribed | sent-back."""

    id: str
    consent_id: str
    number: str
    code: str
    state: str
    transcribed_by: str


def begin(house: House, actor: Actor, consent_id: str, code: str) -> str:
    """Begin to take in the paper with this print code, and return the scan's ID. The draft is closed from here on.

    Raises: NotFound; Refused: print-code-format, print-code-check (mistyped), print-code-other (not of this consent),
    print-void, print-used, draft-changed, scan-in-hand, other-unit, not-a-draft, signing-now.
    """
    actor.must(Act.TRANSCRIBE_SCAN)
    try:
        wanted = parse_print_code(code)
    except BadIdentifier as bad:
        raise Refused(Reason(f"print-code-{bad.kind}", "code")) from None
    with house.writing(actor) as deed:
        found = ways.print_by_code(deed.connection, wanted)
        if found is None or found.consent_id != consent_id:
            raise Refused(Reason("print-code-other", "code"))
        if found.state != "open":
            raise Refused(Reason(f"print-{found.state}", "code"))
        if ways.scan_of(deed.connection, consent_id) is not None:
            raise Refused(Reason("scan-in-hand"))
        row = drafts.editable(deed, actor, consent_id)
        opened = dossier.load(house, deed.connection, consent_id)
        if on_paper.shown_hash(on_paper.blank_form(house, deed.connection, opened, wanted)) != found.shown_hash:
            raise Refused(Reason("draft-changed", "code"))
        scan_id = new_id(secrets.token_bytes)
        deed.ledger.insert(
            paper_scan,
            id=scan_id,
            consent_id=row.id,
            print_id=found.id,
            key_id=deed.new_key(),
            state="gathering",
            version=0,
            transcription=None,
            note=None,
            scanned_by=actor.id,
            made_at=deed.now,
            transcribed_by=None,
            transcribed_at=None,
            checked_by=None,
            checked_at=None,
        )
        deed.ledger.update(consent, row.id, status="paper")
        deed.enter("paper.scan", {"consent": row.id, "patient": row.patient_id, "scan": scan_id, "print": found.id})
    return scan_id


def add(house: House, actor: Actor, scan_id: str, data: bytes) -> int:
    """Take in one file, picture or PDF, as the next pages; return how many there were in it.

    Raises: NotFound; Refused: scan-closed, scan-pages (too many), and as `images.scans.read_scan`.
    """
    actor.must(Act.TRANSCRIBE_SCAN)
    with house.reading() as connection:
        in_hand(house, connection, actor, scan_id)
    pages = read_scan(data)
    put = []
    for page in pages:
        page_id, key = new_id(secrets.token_bytes), new_data_key(house.keyring)
        token = encrypt(house.keyring, key, Where("paper_page", page_id, "blob"), page.data)
        put.append((page_id, key, house.blobs.put(token), page))
    with house.writing(actor) as deed:
        row = _gathering(house, deed, actor, scan_id)
        before = ways.pages_of(deed.connection, scan_id)
        if len(before) + len(put) > MOST_PAGES:
            raise Refused(Reason("scan-pages", "file", most=MOST_PAGES))
        last = max((each.place for each in before), default=0)
        for place, (page_id, key, blob, page) in enumerate(put, last + 1):
            deed.ledger.add_key(key.id, key.kek_id, key.wrapped, key.salt, deed.now)
            deed.ledger.insert(
                paper_page,
                id=page_id,
                scan_id=scan_id,
                place=place,
                turns=0,
                key_id=key.id,
                blob=blob,
                sha256=hashlib.sha256(page.data).hexdigest(),
                media_type=page.media_type,
                size=len(page.data),
                made_at=deed.now,
            )
        about = {"consent": row.consent_id, "scan": scan_id, "page": [each[0] for each in put]}
        deed.enter("paper.add-pages", about)
    return len(put)


def turn_page(house: House, actor: Actor, scan_id: str, page_id: str) -> None:
    """Turn a page a quarter to the right. Raises: NotFound; Refused('scan-closed')."""
    actor.must(Act.TRANSCRIBE_SCAN)
    with house.writing(actor) as deed:
        row, page = _page(house, deed, actor, scan_id, page_id)
        deed.ledger.update(paper_page, page.id, turns=(page.turns + 1) % 4)
        deed.enter("paper.turn-page", {"consent": row.consent_id, "scan": scan_id, "page": page.id})


def remove_page(house: House, actor: Actor, scan_id: str, page_id: str) -> None:
    """Take a page out again: it was the wrong one, or cannot be read. Raises: NotFound; Refused('scan-closed')."""
    actor.must(Act.TRANSCRIBE_SCAN)
    with house.writing(actor) as deed:
        row, page = _page(house, deed, actor, scan_id, page_id)
        # Nothing names the blob any more; upkeep sweeps it.
        deed.ledger.update(paper_page, page.id, blob=None)
        deed.enter("paper.remove-page", {"consent": row.consent_id, "scan": scan_id, "page": page.id})


def discard(house: House, actor: Actor, scan_id: str) -> None:
    """Give up a scan: the consent is a draft again, and its printing may be scanned anew. Raises: NotFound."""
    actor.must(Act.TRANSCRIBE_SCAN)
    with house.writing(actor) as deed:
        row = in_hand(house, deed.connection, actor, scan_id)
        for page in ways.pages_of(deed.connection, scan_id):
            deed.ledger.update(paper_page, page.id, blob=None)
        deed.ledger.update(paper_scan, scan_id, state="discarded")
        deed.ledger.update(consent, row.consent_id, status="draft")
        settle_tasks(deed, row, "discarded")
        deed.enter("paper.discard", {"consent": row.consent_id, "scan": scan_id})


def look(house: House, actor: Actor, scan_id: str) -> tuple[Scan, tuple[PageShown, ...]]:
    """Return the scan with its pages for the screen; that it was looked at is in custody. Raises: NotFound; Refused."""
    actor.must(Act.CHECK_SCAN)
    with house.writing(actor) as deed:
        row = in_hand(house, deed.connection, actor, scan_id)
        found = scan_value(deed.connection, row)
        shown = tuple(
            PageShown(page.id, number, preview(page_bytes(house, deed.connection, page), ON_SCREEN))
            for number, page in enumerate(ways.pages_of(deed.connection, scan_id), 1)
        )
        deed.enter("paper.look", {"consent": row.consent_id, "scan": scan_id})
    return found, shown


def page_file(house: House, actor: Actor, scan_id: str, page_id: str) -> bytes:
    """Return one page as large as it is kept; that it was opened is in custody. Raises: NotFound; Refused."""
    actor.must(Act.CHECK_SCAN)
    with house.writing(actor) as deed:
        row = in_hand(house, deed.connection, actor, scan_id)
        page = ways.find_page(deed.connection, page_id)
        if page is None or page.scan_id != scan_id:
            raise NotFound
        data = page_bytes(house, deed.connection, page)
        deed.enter("paper.open-page", {"consent": row.consent_id, "scan": scan_id, "page": page.id})
    return data


def check_page(house: House, actor: Actor, scan_id: str, page_id: str) -> None:
    """Return if this page is one of a scan in this person's hand. Raises: NotFound; Refused."""
    actor.must(Act.CHECK_SCAN)
    with house.reading() as connection:
        in_hand(house, connection, actor, scan_id)
        page = ways.find_page(connection, page_id)
        if page is None or page.scan_id != scan_id:
            raise NotFound


def page_bytes(house: House, connection: Connection, page: Row[Any]) -> bytes:
    """Return a page upright, as a JPEG."""
    kept = open_bytes(house, connection, Where("paper_page", page.id, "blob"), house.blobs.get(page.blob))
    return turn(kept, page.turns)


def in_hand(house: House, connection: Connection, actor: Actor, scan_id: str) -> Row[Any]:
    """Return a scan that is not confirmed or given up, if this person may see its consent.

    Raises: NotFound; Refused('reason-needed').
    """
    row = ways.find_scan(connection, scan_id)
    found = consents.find(connection, row.consent_id) if row is not None else None
    if row is None or found is None or row.state not in ways.SCAN_IN_HAND:
        raise NotFound
    check_access(house, connection, actor, found)
    return row


def in_hand_of(house: House, actor: Actor, scan_id: str) -> Scan:
    """Return a scan that is in hand, without its pages. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.CHECK_SCAN)
    with house.reading() as connection:
        return scan_value(connection, in_hand(house, connection, actor, scan_id))


def of_consent(house: House, actor: Actor, consent_id: str) -> Scan | None:
    """Return the scan of a consent that is in hand, or None. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        reach(house, connection, actor, consent_id)
        row = ways.scan_of(connection, consent_id)
        return scan_value(connection, row) if row is not None else None


def scan_value(connection: Connection, row: Row[Any]) -> Scan:
    """Return the scan as pages show it. Raises: NotFound."""
    found, printed = consents.find(connection, row.consent_id), ways.find_print(connection, row.print_id)
    if found is None or printed is None:
        raise NotFound
    return Scan(row.id, row.consent_id, found.number, printed.code, row.state, row.transcribed_by or "")


def occasion(kind: str, row: Row[Any]) -> str:
    """Return the occasion of a task about this scan as it was last transcribed."""
    moment = row.transcribed_at.isoformat() if row.transcribed_at is not None else ""
    return f"{kind}:{row.id}:{moment}"


def settle_tasks(deed: Deed, row: Row[Any], how: str) -> None:
    """Close what was to be done about this scan."""
    for kind in ("scan-to-check", "scan-sent-back"):
        tasks.settle(deed, occasion(kind, row), how)


def _gathering(house: House, deed: Deed, actor: Actor, scan_id: str) -> Row[Any]:
    row = in_hand(house, deed.connection, actor, scan_id)
    if row.state == "transcribed":
        raise Refused(Reason("scan-closed"))
    return row


def _page(house: House, deed: Deed, actor: Actor, scan_id: str, page_id: str) -> tuple[Row[Any], Row[Any]]:
    row = _gathering(house, deed, actor, scan_id)
    page = ways.find_page(deed.connection, page_id)
    if page is None or page.scan_id != scan_id:
        raise NotFound
    return row, page
