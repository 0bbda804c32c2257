"""The last page of the paper: how it came to be signed, up to the signature, in plain words and in the language signed.

It says what is known without it as well, for somebody who holds nothing but the file. What happens afterwards (copy,
notices, withdrawal) is in the trail. Source: 21 CFR 11.50; ESIGN, 15 USC 7001(c); domain rules 8, 14, 15, 16.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from consent.acts import signature_blocks
from consent.acts.answering import Session
from consent.acts.hands import Hand, Signatory
from consent.documents.paper import Evidence, Line, Section
from consent.rules.devices import Device
from consent.rules.direction import isolated
from consent.rules.parties import Method, PartyRole

Hands = Sequence[tuple[Signatory, Hand]]


def page(session: Session, hands: Hands, zone: ZoneInfo, device: Device, checked_by: str) -> Evidence:
    """Return the evidence of what these hands sign. `checked_by`: who of the staff made sure of the signer."""
    words = session.words
    return Evidence(
        heading=words("evidence.heading"),
        paragraphs=(
            words("evidence.text"),
            words("evidence.times", what=isolated(zone.key, "ltr")),
            words("evidence.reader"),
        ),
        sections=(
            Section(words("evidence.who"), lines=tuple(_who(session, hands, zone))),
            Section(words("evidence.known"), lines=tuple(_known(session, checked_by))),
            Section(words("evidence.how"), lines=tuple(_how(session, hands, device))),
            _shown(session, hands, zone),
        ),
    )


def road(session: Session, hands: Hands) -> str:
    """Return by which road it was signed: paper, own-phone or tablet."""
    if hands and hands[0][1].method is Method.PAPER:
        return "paper"
    return "own-phone" if session.on_own_phone else "tablet"


def _who(session: Session, hands: Hands, zone: ZoneInfo) -> Iterator[Line]:
    words = session.words
    for who, hand in hands:
        yield Line(signature_blocks.heading(words, who), " \u00b7 ".join(_said_of(session, who, hand, zone)))
    roles = {who.role for who, _ in hands}
    if PartyRole.INTERPRETER not in roles:
        yield Line(words("parties.interpreter"), words("evidence.none"))
    if PartyRole.WITNESS not in roles:
        yield Line(words("evidence.witness"), words("evidence.none"))


def _said_of(session: Session, who: Signatory, hand: Hand, zone: ZoneInfo) -> Iterator[str]:
    words, interpreter = session.words, session.dossier.details.interpreter
    yield isolated(hand.name, words("language.direction"))
    if who.role is PartyRole.SIGNER:
        yield words(f"kinds.{session.dossier.row.signer or 'patient'}")
    if who.role is PartyRole.INTERPRETER and interpreter is not None:
        yield signature_blocks.language_name(session, interpreter.language)
        yield words(f"modes.{interpreter.mode}")
    yield signature_blocks.method_words(words, hand)
    yield signature_blocks.given(words, hand, zone)


def _known(session: Session, checked_by: str) -> Iterator[Line]:
    words, row = session.words, session.dossier.row
    asked = [words(f"identified.{code}") for code in row.identified_by]
    if session.on_own_phone:
        asked.append(words("evidence.link"))
    yield Line(words("evidence.known-by"), words.listed(asked) or words("evidence.none"))
    if checked_by:
        yield Line(words("evidence.asked-by"), checked_by)


def _how(session: Session, hands: Hands, device: Device) -> Iterator[Line]:
    words, taken = session.words, road(session, hands)
    yield Line(words("evidence.language"), words("language.name"))
    plain = words.listed(
        each for each in (words(f"devices.{device.size}") if device.size else "", device.browser) if each
    )
    on = words("evidence.paper") if taken == "paper" else ""
    yield Line(words("evidence.device"), on or words(f"evidence.{taken}", what=plain or words("evidence.no-device")))


def _shown(session: Session, hands: Hands, zone: ZoneInfo) -> Section:
    words = session.words
    if road(session, hands) == "paper":
        return Section(words("evidence.shown"), paragraphs=(words("evidence.shown-paper"),))
    lines = (Line(title, _first(session, key, zone)) for key, title in _pages(session, hands))
    return Section(words("evidence.shown"), lines=tuple(lines))


def _pages(session: Session, hands: Hands) -> Iterator[tuple[str, str]]:
    """Every page of the signing in order, by the name under which it is noted, with its heading."""
    words, version = session.words, session.version
    yield "welcome", words("signing.hello-heading")
    for each in session.pages:
        yield each.key, each.heading
    for lesson in session.lessons:
        yield f"understand/{lesson.code}", lesson.question
    yield "check", words("signing.check-heading")
    yield "electronic", version.closing("electronic", session.facts, session.language).heading
    yield "sign", words("signing.sign-heading")
    for who, _ in hands[1:]:
        yield f"with/{who.key}", signature_blocks.heading(words, who)
    if hands[1:]:
        yield "finish", words("signing.finish-heading")


def _first(session: Session, key: str, zone: ZoneInfo) -> str:
    """When this page was first shown in the language signed; else when and in which language it was shown first."""
    words, shown = session.words, session.given.shown
    own = shown.get(f"{session.language}/{key}")
    if own is not None:
        return signature_blocks.moment(words, own, zone)
    others = sorted((at, name.partition("/")[0]) for name, at in shown.items() if name.partition("/")[2] == key)
    if not others:
        return words("evidence.not-shown")
    at, language = others[0]
    return words(
        "evidence.other-language",
        time=signature_blocks.moment(words, at, zone),
        language=session.words_of(language)("language.name"),
    )
