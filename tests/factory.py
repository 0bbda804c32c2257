"""One factory: a house on real parts, and people and things in it made through the acts."""

from __future__ import annotations

import functools
import itertools
import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from consent.acts import (
    answering,
    attending,
    creating,
    doors,
    handing_over,
    linking,
    pictures,
    reviewing,
    signing,
    teaching,
)
from consent.acts.actor import Actor
from consent.acts.dossier import Person
from consent.acts.form_wordings import name_of
from consent.acts.given import Given
from consent.acts.house import Deed, House, Terms
from consent.documents.certificates import Sealing
from consent.documents.issuing import Authority, make_authority
from consent.documents.printing import Printer
from consent.documents.sealing import Sealer
from consent.formbook import FormBook, load_formbook
from consent.images.matcher import Matcher
from consent.mailer import KeptMailer
from consent.records import consents, images
from consent.records.engine import open_database
from consent.records.organisation import in_force
from consent.records.schema import upgrade
from consent.records.tables.organisation import account, form_approval, organisation
from consent.records.tables.staff import staff
from consent.rules import review
from consent.rules.access import Role
from consent.rules.identifiers import ConsentId, ImageId, new_id
from consent.vault.blobs import FolderBlobStore
from consent.vault.keyring import Keyring, fresh_keyring
from consent.vault.search_keys import SearchKeys, fresh_search_keys
from tests.unit.images.pictures import photograph, saved

ROOT = Path(__file__).resolve().parent.parent
FORM = "us-media-release"
Asked = tuple[tuple[str, str], ...]
USUAL: Asked = (
    ("medium", "photo"),
    ("purpose", "public-education"),
    ("purpose", "professional-teaching"),
    ("channel", "instagram"),
    ("channel", "conference"),
    ("account", "organisation"),
)
START = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


class Clock:
    """A clock that a test moves by hand. UTC."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@functools.cache
def authority() -> Authority:
    """One authority for the whole run: making RSA keys is slow, and no test is about that."""
    return make_authority("Test Hospital", demo=False, now=START - timedelta(days=1))


@functools.cache
def sealing() -> Sealing:
    """What it seals with."""
    made = authority()
    return Sealing.from_pem(made.sealing_key, made.sealing_certificate, made.root_certificate)


@functools.cache
def forms() -> FormBook:
    return load_formbook(ROOT / "forms")


@functools.cache
def keyring() -> Keyring:
    return fresh_keyring()


def make_house(url: str, folder: Path, clock: Clock | None = None, **terms: object) -> House:
    """Return a house on `url` with everything real but the clock; mail is kept in `folder`/mail.jsonl."""
    clock = clock or Clock()
    engine = open_database(url)
    upgrade(engine, ROOT / "migrations")
    settled = {"public_url": "http://127.0.0.1:8000", "zone": ZoneInfo("America/New_York"), **terms}
    return House(
        engine=engine,
        clock=clock,
        keyring=keyring(),
        blobs=FolderBlobStore(folder / "blobs"),
        forms=forms(),
        printer=_printer(),
        sealer=Sealer(sealing()),
        mailer=KeptMailer(folder / "mail.jsonl", clock),
        matcher=Matcher(),
        terms=Terms(**settled),  # type: ignore[arg-type]
        search_keys=search_keys,
    )


@functools.cache
def search_keys() -> SearchKeys:
    return fresh_search_keys()


@functools.cache
def _printer() -> Printer:
    return Printer(ROOT / "templates", specimen=False)


@functools.cache
def short_printer() -> Printer:
    """Prints a signed form on one page, title and number: for the tests that need one and do not read its pages.

    The texts and the receipt inside the file, its tags and its typeface are those of any other.
    """
    return Printer(ROOT / "tests" / "short_paper", specimen=False)


def somebody(number: int) -> Person:
    """A grown-up patient who reads English."""
    return Person(f"Maria Lopez {number}", date(1980, 5, 17), f"MRN-{number:06}", language="en")


def picture_bytes(seed: int = 1) -> bytes:
    """A picture file as busy as a photograph; another seed, another picture."""
    return saved(photograph(seed, 320, 240), quality=90)


def looked_at(recognisable: int = 1, others: int = 0) -> dict[str, str]:
    """The answers of a reviewer who found nothing but the people."""
    found = {item.value: "none" for item in review.Item}
    if recognisable:
        found["face-and-eyes"] = "shown"
    if recognisable + others > 1:
        found["other-people"] = "shown"
    return found


class Factory:
    """Makes people and things in one house. `printer`: what prints the consents that it signs; the house's own."""

    def __init__(self, house: House, clock: Clock, printer: Printer | None = None) -> None:
        self.house = house
        self.clock = clock
        self.printer = printer or house.printer
        self._count = itertools.count(1)
        self._clinician: Actor | None = None

    def staff(self, *roles: Role, unit: str = "Burns") -> Actor:
        """A member of staff who is signed in with a second factor."""
        number = next(self._count)
        row_id = new_id(secrets.token_bytes)
        with self.house.writing(Actor("command", "test")) as deed:
            deed.ledger.insert(
                staff,
                id=row_id,
                email=f"person{number}@hospital.example",
                name=f"Person {number}",
                unit=unit,
                roles=sorted(role.value for role in roles),
                status="active",
                password_hash=None,
                key_id=None,
                totp_secret=None,
                pin_hash=None,
                made_by="command:test",
                made_at=deed.now,
            )
            deed.enter("staff.make", {"staff": row_id})
        return Actor("staff", row_id, frozenset(roles), unit, second_factor=True)

    def ready_organisation(self) -> None:
        """The organisation, one account of ours per channel that has any, and every wording approved. Once."""
        with self.house.reading() as connection:
            if in_force(connection) is not None:
                return
        with self.house.writing(Actor("command", "test")) as deed:
            deed.ledger.insert(
                organisation,
                id=new_id(secrets.token_bytes),
                version=1,
                legal_name="Test Hospital",
                address="1 Hospital Way\nSpringfield",
                privacy_office="Privacy Office",
                privacy_phone="555 0100",
                privacy_email="privacy@hospital.example",
                policy={},
                saved_by="command:test",
                saved_at=deed.now,
            )
            for channel in self.house.forms.channels.values():
                if channel.accounts:
                    self._account(deed, channel.code, "@testhospital", "organisation")
            for version in self.house.forms.versions():
                for language in version.languages:
                    name = name_of(self.house, version, language)
                    self._decide(deed, version.form, version.number, name, language, "approved")
            deed.enter("organisation.save", {"version": 1})

    def account(self, channel: str, name: str, owner: str = "clinician") -> str:
        """An account that is not the organisation's own; returns its ID."""
        with self.house.writing(Actor("command", "test")) as deed:
            account_id = self._account(deed, channel, name, owner)
            deed.enter("account.make", {"account": account_id})
        return account_id

    def withdraw_form(self, form: str = FORM, language: str = "en") -> None:
        """The administrator takes the wording out of use."""
        version = self.house.forms.newest(form)
        with self.house.writing(Actor("command", "test")) as deed:
            self._decide(deed, form, version.number, name_of(self.house, version, language), language, "withdrawn")
            deed.enter("form.withdraw", {"form": form})

    def clinician(self) -> Actor:
        """The clinician who takes consents unless a test names another."""
        if self._clinician is None:
            self._clinician = self.staff(Role.CLINICIAN)
        return self._clinician

    def draft(
        self,
        asked: Asked = USUAL,
        actor: Actor | None = None,
        person: Person | None = None,
        patient_id: str | None = None,
        language: str = "en",
        form: str = FORM,
        **details: str,
    ) -> ConsentId:
        """A draft that can be handed over as it is."""
        self.ready_organisation()
        actor = actor or self.clinician()
        if person is None and patient_id is None:
            person = replace(somebody(next(self._count)), language=language)
        made = creating.draft(self.house, actor, form, language, person=person, patient_id=patient_id)
        attending.change_signer(self.house, actor, made, "patient")
        attending.change_poster(self.house, actor, made, "other")
        creating.change_identity(self.house, actor, made, ("name", "birth-date"), True, True)
        for kind in ("medium", "purpose", "channel", "account"):
            codes = tuple(code for each, code in asked if each == kind)
            if codes:
                creating.change_asked(self.house, actor, made, kind, codes)
        what = {"description": "Photos of the burn on the left hand.", **details}
        creating.change_details(self.house, actor, made, "description", **what)
        return made

    def handed_over(self, consent_id: ConsentId, actor: Actor | None = None) -> str:
        """The tablet is with the patient; returns the signing session's ID."""
        token = handing_over.hand_over(self.house, actor or self.clinician(), "no-browser", consent_id)
        found = doors.find(self.house, "signing", token)
        assert found is not None
        return found

    def answer(self, session_id: str, allow: Asked | None = None, term: str = "2-years", on_screen: bool = True) -> str:
        """The patient answers everything and checks it; `allow` is what he says yes to (None: all that is asked).

        `on_screen`: he agrees to sign on the screen.

        Permissions are no unless they are in `allow`. Returns the digest of the answers.
        """
        session = answering.open_session(self.house, session_id)
        yes = set(session.dossier.asked) if allow is None else set(allow)
        questions = session.version.questions(session.dossier.asked)
        self.read(session_id)
        answering.save(self.house, session_id, {ask: ask in yes for ask in questions}, term)
        self.teach_back(session_id)
        seen = answering.open_session(self.house, session_id).given.digest
        answering.review(self.house, session_id, seen)
        if on_screen:
            answering.accept(self.house, session_id, session.disclosure_hash)
        return seen

    def read(self, session_id: str) -> None:
        """Every page of the form is before the patient."""

        def note(session: answering.Session, given: Given, _now: str) -> Given:
            return replace(given, read=frozenset(map(answering.digest_of, session.pages)))

        answering.change(self.house, session_id, note)

    def teach_back(self, session_id: str) -> None:
        """The patient gives the right answer to everything that is asked back."""
        for lesson in answering.open_session(self.house, session_id).lessons:
            teaching.answer(self.house, session_id, lesson.code, lesson.right)

    def signed_consent(
        self,
        allow: Asked | None = None,
        asked: Asked = USUAL,
        actor: Actor | None = None,
        term: str = "2-years",
        **draft: Any,
    ) -> ConsentId:
        """A consent signed on real parts. `asked`: (kind, code) pairs; `allow`: those answered yes (None: all)."""
        made = self.draft(asked, actor, **draft)
        session_id = self.handed_over(made, actor)
        seen = self.answer(session_id, allow, term)
        return self.sign(session_id, signing.Submission(made, seen, True, typed="Maria Lopez"))

    def sign(self, session_id: str, submission: signing.Submission) -> ConsentId:
        """Make it count: on real parts, but for the printer that the test has chosen."""
        return signing.sign(replace(self.house, printer=self.printer), session_id, submission)

    def picture(self, actor: Actor | None = None, seed: int | None = None, medium: str = "photo") -> ImageId:
        """A picture in quarantine, as it was taken in."""
        data = picture_bytes(next(self._count) if seed is None else seed)
        return pictures.add_picture(self.house, actor or self.clinician(), data, medium)

    def reviewed_picture(
        self, actor: Actor | None = None, recognisable: int = 1, others: int = 0, **picture: Any
    ) -> ImageId:
        """A picture that somebody looked at; nobody in it is linked."""
        actor = actor or self.clinician()
        made = self.picture(actor, **picture)
        reviewing.review(self.house, actor, made, looked_at(recognisable, others), recognisable, others)
        return made

    def people(self, image_id: str) -> list[str]:
        """The people in a picture, by ID, in order."""
        with self.house.reading() as connection:
            return [row.id for row in images.people(connection, image_id)]

    def ready_picture(
        self, consent_id: str, *more: str, recognisable: bool = True, actor: Actor | None = None, **picture: Any
    ) -> ImageId:
        """A picture of one person for each consent, reviewed and linked: it may leave quarantine.

        `recognisable`: whether they can be recognised; a picture always shows one person at least.
        """
        with self.house.reading() as connection:
            rows = [consents.find(connection, each) for each in (consent_id, *more)]
        first = rows[0]
        assert first is not None
        actor = actor or Actor("staff", first.made_by, frozenset({Role.CLINICIAN}), first.unit, second_factor=True)
        counts = (len(rows), 0) if recognisable else (0, len(rows))
        made = self.reviewed_picture(actor, *counts, **picture)
        for person_id, row in zip(self.people(made), rows, strict=True):
            assert row is not None
            linking.link(self.house, actor, made, person_id, row.number, "for the test")
        return made

    def patient_of(self, consent_id: str) -> str:
        """The ID of the patient of a consent, to make him another one."""
        with self.house.reading() as connection:
            row = consents.find(connection, consent_id)
            assert row is not None
            return str(row.patient_id)

    def _account(self, deed: Deed, channel: str, name: str, owner: str) -> str:
        account_id = new_id(secrets.token_bytes)
        deed.ledger.insert(
            account,
            id=account_id,
            channel=channel,
            name=name,
            owner=owner,
            owner_name=None if owner == "organisation" else "Dr. Adams",
            active=True,
            made_by="command:test",
            made_at=deed.now,
        )
        return account_id

    def _decide(self, deed: Deed, form: str, version: int, form_hash: str, language: str, decision: str) -> None:
        # Decisions of one instant have no order, and the newest counts.
        self.clock.pass_(seconds=1)
        deed.ledger.insert(
            form_approval,
            id=new_id(secrets.token_bytes),
            form=form,
            version=version,
            form_hash=form_hash,
            language=language,
            decision=decision,
            approver_name="Alex Counsel",
            approver_role="Privacy counsel",
            approved_on=self.house.today,
            fictitious=False,
            recorded_by=None,
            recorded_at=self.house.clock(),
        )
