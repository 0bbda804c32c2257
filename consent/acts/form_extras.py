"""The organisation's own paragraphs on a form: written by the administrator, as easy as the form, approved like it.

They are part of the hash that is shown and printed; whoever signed keeps the ones that he signed (rule 52).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from consent.acts.actor import Actor
from consent.acts.form_wordings import Pages, book_version, revisions, written
from consent.acts.house import House
from consent.documents.lettering import CannotPrint
from consent.formbook import Extra, too_hard
from consent.records.tables.organisation import form_extra
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused

MOST_PARAGRAPHS = 6
LONGEST_PARAGRAPH = 600


@dataclass(frozen=True)
class OwnPages:
    """The newest revision, in force or waiting, by language."""

    form: str
    revision: int
    pages: Pages


def newest(house: House, actor: Actor, form: str) -> OwnPages:
    """Return what was written last. Raises: NotFound."""
    actor.must(Act.SEE_FORMS)
    if form not in {name for name, _ in house.forms.forms}:
        raise NotFound
    with house.reading() as connection:
        revision, pages = next(iter(revisions(connection, form).items()))
    return OwnPages(form, revision, pages)


def write(house: House, actor: Actor, form: str, language: str, page: Extra) -> int:
    """Save the paragraphs of one language as a new revision and return it; those of the others stay.

    No paragraphs take the page away. Nothing of it is shown to a patient before it is approved.
    Raises: NotFound; Refused: extra-heading, extra-long, cannot-print, extra-hard (the reading level found, its limit).
    """
    actor.must(Act.EDIT_ORGANISATION)
    newest_version = max((number for name, number in house.forms.forms if name == form), default=0)
    book_version(house, form, newest_version, language)
    if page.paragraphs:
        _check(house, language, page)
    with house.writing(actor) as deed:
        revision, pages = next(iter(revisions(deed.connection, form).items()))
        changed = written({**pages, language: page})
        if changed == written(pages):
            deed.nothing()
            return revision
        deed.ledger.insert(
            form_extra,
            id=new_id(secrets.token_bytes),
            form=form,
            revision=revision + 1,
            pages=changed,
            saved_by=actor.name,
            saved_at=deed.now,
        )
        about = {"form": form, "language": language, "revision": revision + 1, "paragraphs": len(page.paragraphs)}
        deed.enter("form.write-own", about)
    return revision + 1


def _check(house: House, language: str, page: Extra) -> None:
    if not page.heading.strip():
        raise Refused(Reason("extra-heading", "heading"))
    if len(page.paragraphs) > MOST_PARAGRAPHS or any(len(each) > LONGEST_PARAGRAPH for each in page.paragraphs):
        raise Refused(Reason("extra-long", "paragraphs", most=MOST_PARAGRAPHS, longest=LONGEST_PARAGRAPH))
    try:
        house.printer.check("\n".join((page.heading, *page.paragraphs)))
    except CannotPrint:
        raise Refused(Reason("cannot-print", "paragraphs")) from None
    hard = too_hard(page.paragraphs, language)
    if hard is not None:
        raise Refused(
            Reason("extra-hard", "paragraphs", found=str(hard.found), scale=hard.scale, limit=str(hard.limit))
        )
