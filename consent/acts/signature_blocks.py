"""Everybody's signature as it is printed: who, as what, by what right, how and when, in the language signed.

Source: 21 CFR 11.50 (printed name, date and time, meaning); 45 CFR 164.508(c)(1)(vi); domain rules 8, 9, 14, 15.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from consent.acts.answering import Session
from consent.acts.hands import Hand, Signatory
from consent.documents.paper import SignatureBlock, Stroke
from consent.formbook import Facts, Words
from consent.rules.direction import isolated
from consent.rules.parties import Method, PartyRole

Row = tuple[str, str]


def blocks(
    session: Session, hands: Sequence[tuple[Signatory, Hand]], facts: Facts, zone: ZoneInfo
) -> tuple[SignatureBlock, ...]:
    """Return one block for each person who signed, in order."""
    return tuple(_block(session, who, hand, facts, zone) for who, hand in hands)


def statement(session: Session, who: Signatory, facts: Facts) -> tuple[str, ...]:
    """Return what this person confirms with his signature: the same words on the screen and on paper."""
    words, hand = session.words, session.hand("signer")
    if who.role is PartyRole.SIGNER:
        return session.version.closing("signature", facts, session.language).paragraphs
    signer = hand.name if hand is not None else ""
    if who.role is PartyRole.INTERPRETER and session.dossier.details.interpreter is not None:
        language = session.dossier.details.interpreter.language
        return (words("attest.interpreter", language=language_name(session, language)),)
    marked = hand is not None and hand.method is Method.MARK
    key = "attest.mark" if who.role is PartyRole.WITNESS and marked else f"attest.{who.role.value}"
    # Whoever signs that he saw a yes reads which yes was written down.
    how = () if hand is None or hand.method is not Method.UNABLE else (_instead(words, hand),)
    return (words(key, name=signer), *(how if who.role is PartyRole.STAFF else ()))


def heading(words: Words, who: Signatory) -> str:
    """Return what this person's part is called."""
    return words(f"parties.{who.role.value}", number=str(who.number))


def _block(session: Session, who: Signatory, hand: Hand, facts: Facts, zone: ZoneInfo) -> SignatureBlock:
    words = session.words
    return SignatureBlock(
        heading=heading(words, who),
        statement=" ".join(statement(session, who, facts)),
        method_words=method_words(words, hand),
        strokes=tuple(Stroke(points) for points in hand.strokes),
        typed=hand.typed,
        said=_instead(words, hand),
        rows=tuple(_rows(session, who, hand, zone)),
    )


def _instead(words: Words, hand: Hand) -> str:
    """Return what stands in the place of ink or a typed name."""
    if hand.method is Method.UNABLE:
        return words("methods.said-yes-by", what=hand.note)
    return words("paper.signed-below") if hand.method is Method.PAPER else ""


def method_words(words: Words, hand: Hand) -> str:
    """Return how this signature was given."""
    if hand.method is Method.MARK and hand.by_button:
        return words("methods.mark-by-button", name=hand.name)
    return words(f"methods.{hand.method.value}", name=hand.name)


def _rows(session: Session, who: Signatory, hand: Hand, zone: ZoneInfo) -> Iterator[Row]:
    words, details = session.words, session.dossier.details
    yield words("labels.name"), hand.name
    if who.role is PartyRole.SIGNER:
        yield from _signer_rows(session)
    if who.role is PartyRole.INTERPRETER and details.interpreter is not None:
        yield words("labels.interprets"), language_name(session, details.interpreter.language)
        yield words("labels.mode"), words(f"modes.{details.interpreter.mode}")
        if details.interpreter.family:
            yield words("labels.family-reason"), details.interpreter.family_reason
    if who.role is PartyRole.WITNESS and hand.note:
        yield words("labels.marked-name"), hand.note
    if not hand.typed:  # how it was typed stands above the name
        yield words("labels.method"), method_words(words, hand)
    yield words("labels.signed-on"), given(words, hand, zone)
    if who.role is PartyRole.SIGNER:
        yield words("labels.meaning"), words("labels.meaning-text")


def _signer_rows(session: Session) -> Iterator[Row]:
    words, details = session.words, session.dossier.details
    named = details.representative
    yield words("labels.role"), words(f"kinds.{session.dossier.row.signer or 'patient'}")
    if named is not None:
        yield words("labels.relationship"), named.relationship
        yield words("labels.ground"), words(f"grounds.{named.ground}")
        yield words("labels.proof"), named.proof
        if named.proof_seen_by:
            yield words("labels.proof-seen-by"), named.proof_seen_by
        if details.assent_excused:
            yield words("labels.assent-excused"), details.assent_excused
    elif details.alone_ground:
        yield words("labels.alone"), words(f"alone.{details.alone_ground}")
        yield words("labels.proof"), details.alone_proof


def given(words: Words, hand: Hand, zone: ZoneInfo) -> str:
    """Return when a signature was given, as it is printed. Nobody writes the hour beside a signature on paper."""
    told = moment(words, hand.given_at, zone)
    return told.rpartition(", ")[0] if hand.method is Method.PAPER else told


def moment(words: Words, written: str, zone: ZoneInfo) -> str:
    """Return a UTC instant as it is printed: to the minute, in the organisation's zone, with its distance from UTC.

    The seconds are in the seal and in the trail; a paper that is printed ahead stays true for its minute.
    """
    local = datetime.fromisoformat(written).astimezone(zone) if written else datetime.fromtimestamp(0, UTC)
    time = isolated(f"{local:%H:%M} (UTC{local:%z})", words("language.direction"), left_to_right=True)
    return f"{words.date(local.date())}, {time}"


def language_name(session: Session, code: str) -> str:
    """Return a language's own name, where it is one of ours; as it was typed otherwise."""
    return session.words_of(code)("language.name") if code in session.all_words else code
