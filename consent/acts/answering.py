"""The signing session: pages shown, answers so far. Nothing here counts until it is signed, so nothing is custody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.engine import Connection

from consent.acts import dossier, readiness
from consent.acts.dossier import Dossier
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.formbook import Answers, Ask, Facts, FormVersion, Page, Words
from consent.records import consents
from consent.records.custody import written_time
from consent.rules.refusal import NotFound, Reason, Refused


@dataclass(frozen=True)
class Given:
    """What the patient has answered so far, when each page was shown, and which answers he has checked."""

    uses: Mapping[Ask, bool] = field(default_factory=dict)
    term: str | None = None
    shown: Mapping[str, str] = field(default_factory=dict)
    reviewed: str = ""
    accepted: str = ""
    """Hash of the words about signing on a screen to which he agreed (rule 16)."""

    @property
    def digest(self) -> str:
        """Return a name for exactly these answers, so that a page can say which ones it showed."""
        plain = [sorted([*ask, said] for ask, said in self.uses.items()), self.term]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:32]

    @property
    def answers(self) -> Answers:
        """Return them as the form book takes them."""
        return Answers(self.uses, self.term)


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

    def words_of(self, language: str) -> Words:
        """Return the phrases of another language."""
        return self.all_words[language]

    def page(self, key: str) -> Page:
        """Return one page of the form in the session's language. Raises: NotFound."""
        for page in self.version.pages(self.dossier.asked, self.facts, self.language):
            if page.key == key:
                return page
        raise NotFound

    @property
    def is_reviewed(self) -> bool:
        """Say whether he checked exactly these answers on one page (rule 17)."""
        return bool(self.given.reviewed) and self.given.reviewed == self.given.digest

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
        kept = open_text(house, connection, "signing_session", row.id, "answers", row.answers)
        given = _given(json.loads(kept), version, opened)
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
    )


def show(house: House, session_id: str, page: str) -> None:
    """Note that this page was shown, and when first."""
    _change(house, session_id, lambda given, now: replace(given, shown={page: now, **given.shown}))


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

    def mark(given: Given, _now: str) -> Given:
        if given.digest != seen:
            raise Refused(Reason("answers-changed"))
        return replace(given, reviewed=seen)

    _change(house, session_id, mark)


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


def _change(house: House, session_id: str, change: Callable[[Given, str], Given]) -> None:
    with house.scratch() as deed:
        session = load(house, deed.connection, session_id)
        must_be_open(session)
        row = consents.find_session(deed.connection, session_id)
        if row is None:
            raise NotFound
        given = change(session.given, written_time(deed.now))
        asked = session.version.questions(session.dossier.asked)
        kept = {
            "uses": [[*ask, given.uses[ask]] for ask in asked if ask in given.uses],
            "term": given.term,
            "shown": dict(given.shown),
            "reviewed": given.reviewed,
            "accepted": given.accepted,
        }
        token = deed.encrypt(row.key_id, "signing_session", row.id, "answers", json.dumps(kept))
        consents.change_session(deed.connection, session_id, ("open",), answers=token)


def _given(kept: Mapping[str, object], version: FormVersion, opened: Dossier) -> Given:
    """Return what was kept, without answers to what is no longer asked."""
    asked = set(version.questions(opened.asked))
    rows = kept.get("uses") or []
    shown = kept.get("shown") or {}
    if not isinstance(rows, list) or not isinstance(shown, dict):
        return Given()
    uses = {(kind, code): said for kind, code, said in rows if (kind, code) in asked}
    term = kept.get("term")
    return Given(
        uses,
        str(term) if term else None,
        shown,
        reviewed=str(kept.get("reviewed") or ""),
        accepted=str(kept.get("accepted") or ""),
    )
