"""The demo hospital's patients: their consents prepared, handed over, answered and signed through the acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from consent.acts import (
    answering,
    attending,
    copying,
    creating,
    doors,
    gallery,
    handing_over,
    planning,
    signing,
    teaching,
)
from consent.acts.actor import Actor
from consent.acts.attending import Authority
from consent.acts.dossier import Person
from consent.acts.house import House

FORM = "us-media-release"
Ask = tuple[str, str]
ASKED: tuple[Ask, ...] = (
    ("medium", "photo"),
    ("medium", "scan"),
    ("purpose", "public-education"),
    ("purpose", "professional-teaching"),
    ("purpose", "promotion"),
    ("channel", "instagram"),
    ("channel", "facebook"),
    ("channel", "tiktok"),
    ("channel", "blog"),
    ("channel", "conference"),
    ("account", "organisation"),
)
OURS = ("account", "organisation")
LEARNING: tuple[Ask, ...] = (("purpose", "public-education"), ("purpose", "professional-teaching"), OURS)


@dataclass(frozen=True)
class Patient:
    """One patient: what is asked of him, what he says yes to, and for how long."""

    person: Person
    description: str
    allow: frozenset[Ask] = frozenset()
    asked: tuple[Ask, ...] = ASKED
    term: str = "2-years"
    parent: str = ""
    """Name of the mother who signs for a child; empty where the patient signs."""


@dataclass(frozen=True)
class Signed:
    """A consent that was signed."""

    consent: str
    number: str
    language: str


GRACE = Patient(
    Person("Grace Okafor", date(1968, 3, 9), "HH-100231"),
    "Microscope pictures of the skin graft.",
    frozenset({("medium", "microscope"), ("purpose", "professional-teaching"), ("channel", "conference"), OURS}),
    (("medium", "microscope"), ("purpose", "professional-teaching"), ("channel", "conference"), OURS),
    term="1-year",
)
ROSA = Patient(
    Person("Rosa Álvarez", date(1979, 8, 21), "HH-100544", language="es"),
    "Fotos de la mano izquierda, ya sana.",
    frozenset({("medium", "photo"), ("channel", "instagram"), ("channel", "conference"), *LEARNING}),
)
DANIEL = Patient(
    Person("Daniel Brooks", date(1991, 11, 2), "HH-100702"),
    "X-rays of the right hand.",
    frozenset({("medium", "scan"), ("channel", "blog"), ("channel", "conference"), *LEARNING}),
    term="5-years",
)
HENRY = Patient(
    Person("Henry Lind", date(1955, 1, 30), "HH-100815", email="henry.lind@patients.example", electronic_contact=True),
    "Photos of the plaster cast.",
    frozenset({("medium", "photo"), ("channel", "instagram"), *LEARNING}),
)
SAMUEL = Patient(
    Person(
        "Samuel Reyes", date(1984, 6, 14), "HH-100977", email="samuel.reyes@patients.example", electronic_contact=True
    ),
    "Photos of the right hand after the burn.",
    frozenset({("medium", "photo"), ("channel", "instagram"), ("channel", "facebook"), *LEARNING}),
)
MARGARET = Patient(
    Person("Margaret Hale", date(1972, 4, 5), "HH-101120"), "Photos of the burn on the left forearm while it heals."
)
LEAH = Patient(
    Person("Leah Stone", date(2014, 3, 12), "HH-101288"),
    "Photos of the burn on the right foot while it heals.",
    parent="Judith Stone",
)


def draft(house: House, actor: Actor, patient: Patient) -> Signed:
    """Prepare a consent that can be handed over as it is; it is not signed yet."""
    language = patient.person.language
    consent = creating.draft(house, actor, FORM, language, person=patient.person)
    attending.change_signer(house, actor, consent, "parent" if patient.parent else "patient")
    if patient.parent:
        attending.change_representative(house, actor, consent, patient.parent, "mother")
        seen = Authority("legal-parent", "identity card and birth certificate", "no")
        attending.change_authority(house, actor, consent, seen)
    attending.change_poster(house, actor, consent, "other")
    creating.change_identity(house, actor, consent, ("name", "birth-date"), capacity=True, told_voluntary=True)
    for kind in ("medium", "purpose", "channel", "account"):
        creating.change_asked(house, actor, consent, kind, tuple(code for each, code in patient.asked if each == kind))
    creating.change_details(house, actor, consent, "description", description=patient.description)
    return Signed(consent, planning.plan(house, actor, consent).number, language)


def prepare(house: House, actor: Actor, patient: Patient) -> dict[str, str]:
    """Leave a consent ready to be handed over; return how demo.json names it."""
    made = draft(house, actor, patient)
    return {
        "consent": made.consent,
        "number": made.number,
        "language": made.language,
        "patient": patient.person.name,
        "born_on": patient.person.born_on.isoformat(),
        "record_number": patient.person.record_number,
    }


def sign(house: House, actor: Actor, patient: Patient) -> Signed:
    """Prepare, hand over, answer, check and sign; the patient takes his copy on paper."""
    made = draft(house, actor, patient)
    token = handing_over.hand_over(house, actor, "", made.consent)
    session = doors.find(house, "signing", token)
    if session is None:
        raise RuntimeError("The hand-over opened nothing.")
    asked = answering.open_session(house, session)
    questions = asked.version.questions(asked.dossier.asked)
    answering.save(house, session, {each: each in patient.allow for each in questions}, patient.term)
    for lesson in answering.open_session(house, session).lessons:
        teaching.answer(house, session, lesson.code, lesson.right)
    seen = answering.open_session(house, session).given.digest
    answering.review(house, session, seen)
    signing.sign(house, session, signing.Submission(made.number, seen, True, typed=patient.person.name))
    copying.read_for_paper(house, actor, made.consent)
    copying.give_paper(house, actor, made.consent, "desk")
    return made


def people_in(house: House, actor: Actor, image: str) -> tuple[str, ...]:
    """Return the people whom the review found in a picture."""
    return tuple(person.id for person in gallery.view(house, actor, image).people)
