"""The second person confirms: the record of the paper is printed with its scan, sealed, and the consent is signed.

Source: domain rules 24 and 25.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from consent.acts import filing, paperwork, recording, scanning, transcribing
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.recording import Outcome
from consent.acts.transcribing import Case
from consent.documents.paper import Paper, ScanPage
from consent.records import consents, ways
from consent.records.tables.ways import paper_print, paper_scan
from consent.rules.access import Act
from consent.rules.identifiers import ConsentId
from consent.rules.refusal import NotFound, Reason, Refused


def confirm(
    house: House, actor: Actor, scan_id: str, same: Collection[str], different: Collection[str] = ()
) -> ConsentId:
    """Sign the consent by its paper: every answer was compared with the scan by another than who typed it.

    A repeat after it was confirmed returns the same.
    Raises: NotFound; Refused: scan-not-transcribed, same-person, not-compared, differs, every objection of the rules,
    clock-wrong (another form of this patient was signed on that day or later), withdrawn-meanwhile; vault
    CannotStore, documents CannotSeal: then nothing is signed.
    """
    actor.must(Act.CHECK_SCAN)
    with house.reading() as connection:
        done = ways.find_scan(connection, scan_id)
        if done is not None and done.state == "confirmed" and done.checked_by == actor.id:
            return ConsentId(done.consent_id)
        row = scanning.in_hand(house, connection, actor, scan_id)
        if row.state != "transcribed":
            raise Refused(Reason("scan-not-transcribed"))
        case = transcribing.load(house, connection, actor, row)
        transcribing.check(case, actor, same, different)
        transcribing.ask_rules(house, connection, case)
        signed_at = transcribing.signed_at(house, connection, case, row)
        hands = transcribing.hands(case, signed_at)
        given = replace(case.session.given, hands={who.key: hand for who, hand in hands})
        session = replace(case.session, given=given)
        paper = paperwork.consent_paper(house, connection, session, signed_at, hands)
        names = [consents.staff_name(connection, each) for each in (row.transcribed_by, actor.id)]
        pages = [(page, scanning.page_bytes(house, connection, page)) for page in ways.pages_of(connection, scan_id)]
    paper = _with_scan(paper, case, names, [(page.sha256, page.media_type, data) for page, data in pages])
    pdf = house.printer.print_paper(paper, paperwork.page_size(house))
    put = filing.put_away(house, house.sealer.seal(pdf, paper.title, house.clock()))
    with house.writing(actor) as deed:
        again = scanning.in_hand(house, deed.connection, actor, scan_id)
        printed = ways.find_print(deed.connection, again.print_id)
        if again.state != "transcribed" or again.transcribed_at != row.transcribed_at or printed is None:
            raise Refused(Reason("scan-not-transcribed"))
        now = transcribing.load(house, deed.connection, actor, again)
        transcribing.check(now, actor, same, different)
        transcribing.ask_rules(house, deed.connection, now)
        about = recording.record(
            deed,
            Outcome(
                dossier=now.session.dossier,
                language=now.session.language,
                answers={
                    ask: now.reading.uses[ask] for ask in now.session.version.questions(now.session.dossier.asked)
                },
                term=now.reading.term,
                signed_at=signed_at,
                hands=hands,
                put=put,
                shown_hash=printed.shown_hash,
                owner_id=again.transcribed_by,
                kept={"scan": [page.sha256 for page, _ in pages], "marked": now.reading.marked},
            ),
        )
        scanning.settle_tasks(deed, again, "confirmed")
        deed.ledger.update(paper_scan, scan_id, state="confirmed", checked_by=actor.id, checked_at=deed.now)
        deed.ledger.update(paper_print, printed.id, state="used", ended_at=deed.now)
        staff = [again.transcribed_by, actor.id]
        deed.enter("consent.sign", {**about, "scan": scan_id, "print": printed.id, "staff": staff})
    return ConsentId(row.consent_id)


def confirmed_consent(house: House, scan_id: str) -> str:
    """Return the consent that was signed by this scan. Raises: NotFound."""
    with house.reading() as connection:
        row = ways.find_scan(connection, scan_id)
    if row is None or row.state != "confirmed":
        raise NotFound
    return str(row.consent_id)


def _with_scan(paper: Paper, case: Case, names: list[str], pages: list[tuple[str, str, bytes]]) -> Paper:
    words = case.session.words
    facts = (
        (words("paper.print-code"), case.scan.code),
        (words("paper.read-by"), names[0]),
        (words("paper.checked-by"), names[1]),
    )
    scans = tuple(
        ScanPage(
            heading=words("paper.page", number=str(number)),
            words=words("paper.page-words", number=str(number)),
            sha256=f"{words('paper.scan-hash')}: {sha256}",
            media_type=media_type,
            data=data,
        )
        for number, (sha256, media_type, data) in enumerate(pages, 1)
    )
    return replace(paper, facts=(*paper.facts, *facts), scans=scans)
