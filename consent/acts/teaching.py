"""Ask back what the patient understood. A wrong answer costs nothing, and nobody is stopped by it for good.

Source: domain rule 20; AHRQ teach-back: it is not the patient who is tested, but how well it was explained.
"""

from __future__ import annotations

from dataclasses import replace

from consent.acts import answering, readiness
from consent.acts.answering import Session
from consent.acts.given import Given
from consent.acts.house import House
from consent.acts.taught import Taught
from consent.documents.paper import Section
from consent.formbook import Lesson, Words
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if

BEFORE_HELP = 2
"""Wrong answers after which somebody of the staff may explain and let the patient go on."""


def answer(house: House, session_id: str, code: str, chosen: str) -> bool:
    """Keep one answer and return whether it was right.

    Raises: NotFound for a question or an answer that was not offered; as `answering.save`.
    """
    was_right = False

    def keep(session: Session, given: Given, _now: str) -> Given:
        nonlocal was_right
        lesson = find(session, code)
        if chosen not in dict(lesson.options):
            raise NotFound
        was_right = chosen == lesson.right
        before = current(session, lesson)
        now = replace(before, said=(*before.said, lesson.text_of(chosen)), right=was_right)
        return replace(given, taught={**given.taught, code: now})

    answering.change(house, session_id, keep)
    return was_right


def explained(house: House, session_id: str, code: str, by: str) -> None:
    """Note who explained it after wrong answers; the patient goes on.

    Raises: NotFound; Refused: name-missing, cannot-print, not-yet (no help was needed so far); as `answering.save`.
    """
    if not by.strip():
        raise Refused(Reason("name-missing", "helper"))
    refuse_if(readiness.unprintable(house, {"helper": by}))

    def keep(session: Session, given: Given, _now: str) -> Given:
        before = current(session, find(session, code))
        if not may_be_explained(before):
            raise Refused(Reason("not-yet"))
        return replace(given, taught={**given.taught, code: replace(before, helped_by=by.strip())})

    answering.change(house, session_id, keep)


def find(session: Session, code: str) -> Lesson:
    """Return a question of this session. Raises: NotFound."""
    for lesson in session.lessons:
        if lesson.code == code:
            return lesson
    raise NotFound


def current(session: Session, lesson: Lesson) -> Taught:
    """Return how this question stands. What was said before other choices is kept, but it is asked again."""
    kept = session.given.taught.get(lesson.code)
    if kept is None:
        return Taught(lesson.about, lesson.question)
    if kept.about != lesson.about:
        return replace(kept, about=lesson.about, question=lesson.question, right=False, helped_by="")
    return replace(kept, question=lesson.question)


def may_be_explained(taught: Taught) -> bool:
    """Say whether staff may let the patient go on from here."""
    return not taught.right and len(taught.said) >= BEFORE_HELP


def objections(session: Session) -> tuple[Reason, ...]:
    """Return what stands against signing: a question that was not asked back yet."""
    return tuple(Reason("not-asked-back", None, what=code) for code in untaught(session))


def told_back(session: Session) -> tuple[Section, ...]:
    """Return what was asked and answered, how often, and who explained it, as it is printed; nothing if nothing was."""
    words, kept = session.words, session.given.taught
    lines = []
    for lesson in session.lessons:
        taught = kept.get(lesson.code)
        if taught is not None and taught.said:
            lines.append(f"{lesson.question} {_outcome(words, taught)}")
    if not lines:
        return ()
    explained_by = words("teach.paper", name=session.dossier.details.clinician)
    return (Section(words("teach.paper-heading"), (explained_by, *lines)),)


def _outcome(words: Words, taught: Taught) -> str:
    if taught.helped_by:
        return words("teach.paper-helped", name=taught.helped_by, count=len(taught.said))
    if len(taught.said) == 1:
        return words("teach.paper-once", what=taught.said[0])
    return words("teach.paper-tries", count=len(taught.said), what=taught.said[-1])


def counted(session: Session) -> dict[str, int]:
    """Return what the trail says of it: how many answers, how many wrong ones, how often somebody had to help."""
    taught = session.given.taught.values()
    return {
        "asked-back": sum(len(each.said) for each in taught),
        "asked-back-wrong": sum(each.wrong for each in taught),
        "explained-again": sum(bool(each.helped_by) for each in taught),
    }


def untaught(session: Session) -> tuple[str, ...]:
    """Return the codes of the questions that are still open."""
    return tuple(each.code for each in session.lessons if not current(session, each).is_over)
