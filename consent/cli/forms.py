"""`consent check-forms`: are the forms complete, alike in every language, easy to read; and what to mend in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

from consent import wiring
from consent.acts.form_review import reviewers
from consent.cli.saying import say, with_json
from consent.formbook import BadForm, Finding, FormBook, SectionReport, load_formbook, report
from consent.formbook import check_forms as check_all_forms

LEVELS = {"ok": "ok", "aim": "warn", "warn": "warn", "fail": "FAIL"}


@click.command("check-forms", short_help="Are the forms complete and easy to read?")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another folder of forms than the installed one, for instance of a form that is being written.",
)
@with_json
def check_forms(folder: Path | None, as_json: bool) -> None:
    """Check every form: complete in law, alike in every language, easy enough to read, unchanged once published.

    Shows each section's reading measure, the law that it meets, and its longest words and sentences. English should
    be at grade 5.0 and fails above 6.0; Spanish should be at INFLESZ 70 and fails below 65. Other languages have no
    established measure: what can be counted is shown, and who reviewed them here.
    """
    try:
        book = load_formbook(folder or wiring.ROOT / "forms")
    except BadForm as bad:
        say(as_json, {"sound": False, "error": str(bad)}, [f"FAIL {bad}"], good=False)
    findings, sections, named = check_all_forms(book), report(book), _reviewers(book)
    bad_ones = [finding for finding in findings if finding.level == "fail"]
    content = {
        "sound": not bad_ones,
        "findings": [vars(finding) for finding in findings],
        "sections": [asdict(section) for section in sections],
        "reviewers": {f"{form}/{number}/{language}": who for (form, number, language), who in named.items()},
    }
    lines = [*_sections(sections, named), *_findings(findings)]
    lines.append("The forms can be used." if not bad_ones else f"{len(bad_ones)} findings stop these forms.")
    say(as_json, content, lines, good=not bad_ones)


def _reviewers(book: FormBook) -> dict[tuple[str, int, str], str]:
    """Who reviewed what here; nobody where there is no installation to ask, or one that cannot be opened."""
    try:
        settings = wiring.settings_from()
        if not (settings.instance.is_dir() and any(settings.instance.iterdir())):
            return {}
        return reviewers(wiring.make_house(settings))
    except wiring.mendable():
        return {}


def _sections(sections: Sequence[SectionReport], named: dict[tuple[str, int, str], str]) -> Iterator[str]:
    for (form, language), group in groupby(sections, key=lambda each: (each.form, each.language)):
        name, _, number = form.partition("/")
        who = named.get((name, int(number), language)) if number else None
        yield f"{form} {language}" + (f", reviewed by {who}" if who else "")
        for each in group:
            yield from _section(each)
        yield ""


def _section(each: SectionReport) -> Iterator[str]:
    counted = each.lengths
    size = f"{counted.words} {counted.unit}, {counted.sentences} sentences, {counted.per_sentence} a sentence"
    level = f"{each.scale} {each.measure}" if each.measure is not None else "no established measure"
    remark = " (too short to be judged alone)" if each.short and each.level != "ok" else ""
    yield f"  {LEVELS[each.level]:4} {each.section}: {level}{remark}; {size}"
    if each.law:
        met: dict[str, list[str]] = {}
        for paragraph, passage in each.law:
            met.setdefault(passage, []).append(paragraph)
        yield "       meets " + "; ".join(f"{', '.join(law)} by {passage}" for passage, law in met.items())
    if counted.longest_words:
        yield "       longest words: " + ", ".join(counted.longest_words)
    for length, sentence in counted.longest_sentences:
        yield f"       {length} {counted.unit}: {sentence}"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    """What the gate measured: pieces of some hundred words, so that a hard paragraph cannot hide."""
    for finding in findings:
        where = " ".join(part for part in (finding.form, finding.language, finding.section) if part)
        yield f"{LEVELS[finding.level]:4} {where}: {finding.message}"


COMMANDS = (check_forms,)
