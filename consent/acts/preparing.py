"""Print the paper while the patient still reviews or draws, so that Finish has only to seal it and put it away.

Whatever it is printed for may still change: then it is printed anew (`acts.ahead` compares the whole of it).
"""

from __future__ import annotations

from dataclasses import replace

from consent.acts import ahead, answering, paperwork, signing
from consent.acts.house import House
from consent.acts.signing import Submission
from consent.rules.refusal import NotFound, Refused


def ask(house: House, session_id: str, submission: Submission) -> None:
    """Have the paper printed soon, as it would be signed with this submission. Nothing where there is no press."""
    if house.press is not None:
        house.press.ask(session_id, lambda: prepare(house, session_id, submission))


def prepare(house: House, session_id: str, submission: Submission) -> bool:
    """Print the paper and keep it for Finish, if it could be signed now; say whether one is kept."""
    try:
        session = answering.open_session(house, session_id)
        if session.state != "open":
            return False
        # Here and now: what the page shows is asked again at Finish.
        sent, size = replace(submission, seen=session.given.digest), paperwork.page_size(house)
        with house.reading() as connection:
            paper = signing.laid_out(house, connection, session, sent, house.clock())
            if ahead.find(house, connection, session, paper, size) is not None:
                return True
    except (NotFound, Refused):
        return False
    ahead.keep(house, session, paper, size, house.printer.print_paper(paper, size))
    return True
