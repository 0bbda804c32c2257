"""The signing session: pages shown, answers so far. Nothing here counts until it is signed, so nothing is custody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from sqlalchemy.engine import Connection

from consent.acts import dossier, readiness
from consent.acts.dossier import Dossier
from consent.acts.given import Given, read_given
from consent.acts.hands import Hand, Signatory
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.formbook import Ask, Facts, FormVersion, Lesson, Page, Words, lessons
from consent.records import consents
from consent.records.custody import written_time
from consent.rules.comfort import Comfort, read_comfort
from consent.rules.parties import Method, PartyRole
from consent.rules.refusal import NotFound, Reason, Refused


@dataclass(frozen=True)
class Session:
    """One signing session, opened."""

    id: str
    consent_id: str
    state: str
    language: str
    languages: tuple[str, ...]
    handed_over_by: str
    dossier: Dossier
    version: FormVersion
    facts: Facts
    words: Words
    all_words: Mapping[str, Words]
    given: Given
    on_own_phone: bool = False
    """Opened by a link on the signer's own phone: nobody of the hospital stands beside."""
    comfort: tuple[Comfort, ...] = ()
    """How he wants the pages to look."""
    others: Callable[[Method], tuple[PartyRole, ...]] = lambda _method: ()
    """Who signs besides the signer, in order, when the signer signs in this way."""

    def words_of(self, language: str) -> Words:
        """Return the phrases of another language."""
        return self.all_words[language]

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Return every page of the form in the session's language."""
        return self.version.pages(self.dossier.asked, self.facts, self.language)

    def page(self, key: str, language: str = "") -> Page:
        """Return one page of the form, in the session's language or another. Raises: NotFound."""
        is_own = language in ("", self.language)
        for page in self.pages if is_own else self.version.pages(self.dossier.asked, self.facts, language):
            if page.key == key:
                return page
        raise NotFound

    def has_read(self, page: Page) -> bool:
        """Say whether this very page was before him, in a language in which it may be signed."""
        if digest_of(page) in self.given.read:
            return True
        others = (each for each in self.languages if each != self.language)
        return any(digest_of(self.page(page.key, each)) in self.given.read for each in others)

    @cached_property
    def lessons(self) -> tuple[Lesson, ...]:
        """Return what is asked back about these choices, in the session's language."""
        return lessons(self.version, self.words, self.dossier.asked, self.facts, self.given.answers)

    @cached_property
    def binds(self) -> str:
        """Return a name for all that a signature is given for now: the answers, the language, the facts, the people."""
        details = asdict(self.dossier.details)
        plain = [self.given.digest, self.language, details, self.dossier.row.form_hash, self.dossier.row.signer]
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:32]

    def hand(self, key: str) -> Hand | None:
        """Return the signature that this person gave for exactly what stands here now, or None."""
        hand = self.given.hands.get(key)
        return hand if hand is not None and hand.binds == self.binds else None

    @property
    def signatories(self) -> tuple[Signatory, ...]:
        """Return everybody who has to sign, in order; who else depends on how the signer signs."""
        hand = self.hand("signer")
        return signatories(self, hand.method if hand is not None else Method.DRAWN)

    @property
    def is_reviewed(self) -> bool:
        """Say whether he checked exactly these answers on one page, in this language, about these facts (rule 17)."""
        return self.given.reviewed == self.binds

    @property
    def disclosure_hash(self) -> str:
        """Return the SHA-256 of the words about signing on a screen as they are shown now (rule 16)."""
        page = self.version.closing("electronic", self.facts, self.language)
        accept = self.version.accept_label(self.language)
        said = "\n".join((page.heading, *page.paragraphs, *page.bullets, accept))
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def has_accepted(self) -> bool:
        """Say whether he agreed to exactly these words, in this language, to sign on a screen."""
        return self.given.accepted == self.disclosure_hash


def digest_of(page: Page) -> str:
    """Return a name for exactly the words of this page."""
    return hashlib.sha256(json.dumps(asdict(page), sort_keys=True).encode()).hexdigest()[:32]


def signer_of(session: Session) -> Signatory:
    """Return who signs: the patient, or who signs for him."""
    named = session.dossier.details.representative
    return Signatory("signer", PartyRole.SIGNER, name=named.name if named is not None else session.dossier.person.name)


def signatories(session: Session, method: Method) -> tuple[Signatory, ...]:
    """Return everybody who has to sign when the signer signs in this way, in order."""
    details, person = session.dossier.details, session.dossier.person
    found, counts = [signer_of(session)], dict.fromkeys(PartyRole, 0)
    for role in session.others(method):
        counts[role] += 1
        number, name = counts[role], ""
        if role is PartyRole.ASSENT:
            name = person.name
        elif role is PartyRole.INTERPRETER and details.interpreter is not None:
            name = details.interpreter.name_or_number
        elif role is PartyRole.WITNESS and number <= len(details.witnesses):
            name = details.witnesses[number - 1].name
        many = role in (PartyRole.WITNESS, PartyRole.STAFF)
        found.append(Signatory(f"{role.value}-{number}" if many else role.value, role, number, name))
    return tuple(found)


def open_session(house: House, session_id: str) -> Session:
    """Return the session as it is now. Raises: NotFound."""
    with house.reading() as connection:
        return load(house, connection, session_id)


def load(house: House, connection: Connection, session_id: str) -> Session:
    """Return the session within a transaction. Raises: NotFound."""
    row = consents.find_session(connection, session_id)
    if row is None:
        raise NotFound
    opened = dossier.load(house, connection, row.consent_id)
    version = readiness.version_of(house, opened.row)
    given = Given()
    if row.answers:
        place = ("signing_session", row.id, "answers")
        kept = open_text(house, connection, *place, row.answers, row.answers_version)
        given = read_given(json.loads(kept), version.questions(opened.asked))
    return Session(
        id=row.id,
        consent_id=row.consent_id,
        state=row.state,
        language=row.language,
        languages=readiness.languages(house, connection, opened.row),
        handed_over_by=row.handed_over_by,
        dossier=opened,
        version=version,
        facts=readiness.facts_of(connection, opened),
        words=house.forms.words(row.language),
        all_words=house.forms.languages,
        given=given,
        on_own_phone=row.link_id is not None,
        comfort=read_comfort(row.comfort),
        others=lambda method: readiness.also_sign(house, opened, method, house.today),
    )


def show(house: House, session_id: str, page: str) -> None:
    """Note that this page was shown in the language of the session, and when first."""

    def note(session: Session, given: Given, now: str) -> Given:
        read = given.read | {digest_of(each) for each in session.pages if each.key == page}
        return replace(given, shown={f"{session.language}/{page}": now, **given.shown}, read=read)

    change(house, session_id, note)


def save(house: House, session_id: str, uses: Mapping[Ask, bool], term: str | None = None) -> None:
    """Keep the answers of a page; those of other pages stay. What is not asked is not kept.

    Raises: NotFound; Refused: signing-now, signed-already, signing-over.
    """

    def merge(given: Given, _now: str) -> Given:
        return replace(given, uses={**given.uses, **uses}, term=term or given.term)

    _change(house, session_id, merge)


def review(house: House, session_id: str, seen: str) -> None:
    """Note that the patient checked all his answers on one page (rule 17). `seen`: their digest on that page.

    Raises: as `save`; Refused('answers-changed') if they are others now, for instance in a second tab.
    """

    def mark(session: Session, given: Given, _now: str) -> Given:
        if given.digest != seen:
            raise Refused(Reason("answers-changed"))
        return replace(given, reviewed=session.binds)

    change(house, session_id, mark)


def accept(house: House, session_id: str, words: str) -> None:
    """Note that the patient agreed to sign on a screen (rule 16). `words`: hash of the text that he was shown.

    Raises: as `save`.
    """
    _change(house, session_id, lambda given, _now: replace(given, accepted=words[:64]))


def switch_language(house: House, session_id: str, language: str) -> None:
    """Show everything in another approved language from now on; the answers stay. Raises: as `save`, NotFound."""
    with house.scratch() as deed:
        session = load(house, deed.connection, session_id)
        if language not in session.languages:
            raise NotFound
        must_be_open(session)
        consents.change_session(deed.connection, session_id, ("open",), language=language)


def must_be_open(session: Session) -> None:
    """Return while the session takes answers. Raises: Refused: signing-now, signed-already, signing-over."""
    codes = {"claimed": "signing-now", "signed": "signed-already", "declined": "signing-over", "ended": "signing-over"}
    if session.state in codes:
        raise Refused(Reason(codes[session.state]))


def _change(house: House, session_id: str, make: Callable[[Given, str], Given]) -> None:
    change(house, session_id, lambda _session, given, now: make(given, now))


def change(house: House, session_id: str, make: Callable[[Session, Given, str], Given]) -> None:
    """Keep what `make` returns from the session, what is given so far and the time. Raises: as `save`."""
    with house.scratch() as deed:
        session = load(house, deed.connection, session_id)
        must_be_open(session)
        row = consents.find_session(deed.connection, session_id)
        if row is None:
            raise NotFound
        given = make(session, session.given, written_time(deed.now))
        kept = given.plain(session.version.questions(session.dossier.asked))
        version = row.answers_version + 1
        token = deed.encrypt(row.key_id, "signing_session", row.id, "answers", json.dumps(kept), version)
        consents.change_session(deed.connection, session_id, ("open",), answers=token, answers_version=version)
