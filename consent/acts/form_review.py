"""How a form reads, beside its preview: the measures, the law that it meets, and who reviewed it."""

from __future__ import annotations

from consent.acts import form_wordings
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.formbook import SectionReport, report_of
from consent.records import organisation as records
from consent.rules.access import Act


def reading(
    house: House, actor: Actor, form: str, version: int, language: str, *, revision: int | None = None
) -> tuple[SectionReport, ...]:
    """Return every section of one wording with its measures. Raises: NotFound."""
    actor.must(Act.SEE_FORMS)
    found = form_wordings.book_version(house, form, version, language)
    with house.reading() as connection:
        pages = form_wordings.revisions(connection, form)
        number = form_wordings.in_force(house, connection, form, version)[0] if revision is None else revision
    return tuple(report_of(found.with_extra(pages.get(number, {})), language))


def reviewers(house: House) -> dict[tuple[str, int, str], str]:
    """Return who approved or reviewed each wording that can be signed here, with his role or qualification."""
    with house.reading() as connection:
        decided = records.decisions(connection)
        named = {}
        for version in house.forms.versions():
            _, own = form_wordings.in_force(house, connection, version.form, version.number)
            for language in version.languages:
                last = form_wordings.last_decision(house, own, language, decided)
                if last is not None and last.decision == "approved":
                    who = f"{last.approver_name}, {last.approver_role}"
                    named[version.form, version.number, language] = who
    return named
