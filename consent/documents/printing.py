"""HTML to a tagged PDF/UA-1 file: the language that was shown, fonts embedded, the form's identity on every page."""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import escape
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from consent.documents.associated import attachments, finishing
from consent.documents.blank import BlankForm, blank_text, code_qr
from consent.documents.enclosures import AssociatedFile, Relationship
from consent.documents.ink import ink
from consent.documents.isolation import isolate
from consent.documents.lettering import CannotPrint, FontsMissing, Lettering
from consent.documents.paper import (
    Letter,
    PageSize,
    Paper,
    evidence_text,
    letter_text,
    record_rows,
    shown_text,
    stem,
)

__all__ = ["CannotPrint", "FontsMissing", "Printer"]

SHOWN_TEXT = "shown-text.txt"
"""The name of the file inside each paper that holds every word that was shown."""
EVIDENCE_TEXT = "evidence.txt"
"""The name of the file inside each paper that holds every word of its last page."""
_SPECIMEN_MARK = "paper:specimen"
# The margins know no direction: what they say begins where the pages begin.
_RIGHTWARD = "@page { @bottom-left { text-align: right } }"
_HASH_SHOWN = 16  # hex digits on every page; the whole hash is on the last page


class Printer:
    """Prints papers and letters. One per process; style sheets and fonts are read once and used under a lock.

    `templates_dir` holds `documents/`. With `specimen` every page is marked, whatever the paper says.
    Raises: FontsMissing.
    """

    def __init__(self, templates_dir: Path, specimen: bool) -> None:
        self._specimen = specimen
        self._lettering = Lettering()
        self._lock = threading.Lock()
        self._fonts = FontConfiguration()
        self._pages = SandboxedEnvironment(
            loader=FileSystemLoader(templates_dir), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        style = (templates_dir / "documents" / "paper.css").read_text("utf-8")
        self._style = self._sheet(style)
        self._further: dict[tuple[str, ...], CSS] = {}
        self._sizes = {size: self._sheet(f"@page {{ size: {size.value} }}") for size in PageSize}
        self._rightward = self._sheet(_RIGHTWARD)
        self._large = self._sheet((templates_dir / "documents" / "large.css").read_text("utf-8"))
        self._marked = self._sheet(
            f"@page {{ background: url({_SPECIMEN_MARK}) no-repeat center;"
            " @top-center { content: element(specimen); width: 100%; vertical-align: middle } }"
        )

        sources = [path.read_bytes() for path in sorted((templates_dir / "documents").iterdir()) if path.is_file()]
        self.name = hashlib.sha256(repr((specimen, sources)).encode()).hexdigest()
        """What it prints with: two printers of one name print the same paper alike."""

    def check(self, text: str) -> None:
        """Return if all of the text can be printed; asked before anybody signs. Raises: CannotPrint."""
        self._lettering.check(text)

    def print_paper(self, paper: Paper, size: PageSize = PageSize.LETTER) -> bytes:
        """The paper as a PDF 1.7 file, with its files and the exact text shown inside it. Raises: CannotPrint."""
        text = shown_text(paper) + evidence_text(paper) + "".join(paper.labels.values())
        self._lettering.check(text)
        specimen = paper.specimen or self._specimen
        page = self._pages.get_template("documents/paper.html").render(
            paper=paper,
            specimen=specimen,
            record_rows=record_rows(paper),
            stem=stem,
            signatures=[(each, ink(each.strokes) if each.strokes else None) for each in paper.signatures],
            short_hash=paper.form_hash[:_HASH_SHOWN],
            page_words=_page_words(paper.labels),
        )
        mark = paper.labels["specimen"] if specimen else None
        sheets = (
            self._sizes[size],
            *self._foot(paper.direction),
            *self._families(text, paper.language),
            *([self._large] if paper.stands_alone else []),
        )
        pictures = {f"paper:scan-{number}": (each.data, each.media_type) for number, each in enumerate(paper.scans)}
        files = (*paper.files, *text_files(paper))
        return self._print(isolate(page, paper.direction), sheets, mark, files, pictures)

    def print_letter(self, letter: Letter, size: PageSize = PageSize.LETTER) -> bytes:
        """The letter as a PDF 1.7 file. Raises: CannotPrint."""
        text = letter_text(letter) + "".join(letter.labels.values())
        self._lettering.check(text)
        specimen = letter.specimen or self._specimen
        page = self._pages.get_template("documents/letter.html").render(
            letter=letter, specimen=specimen, page_words=_page_words(letter.labels)
        )
        sheets = (self._sizes[size], *self._foot(letter.direction), *self._families(text, letter.language))
        return self._print(isolate(page, letter.direction), sheets, letter.labels["specimen"] if specimen else None)

    def print_blank(self, form: BlankForm, size: PageSize = PageSize.LETTER) -> bytes:
        """The form to be signed with a pen, as a PDF 1.7 file. Raises: CannotPrint."""
        text = blank_text(form) + form.code + "".join(form.labels.values())
        self._lettering.check(text)
        specimen = form.specimen or self._specimen
        page = self._pages.get_template("documents/blank.html").render(
            form=form,
            specimen=specimen,
            qr=code_qr(form),
            short_hash=form.form_hash[:_HASH_SHOWN],
            page_words=_page_words(form.labels),
        )
        sheets = (
            self._sizes[size],
            *self._foot(form.direction),
            *self._families(text, form.language),
            *([self._large] if form.stands_alone else []),
        )
        return self._print(isolate(page, form.direction), sheets, form.labels["specimen"] if specimen else None)

    def _foot(self, direction: str) -> tuple[CSS, ...]:
        return (self._rightward,) if direction == "rtl" else ()

    def _families(self, text: str, language: str) -> tuple[CSS, ...]:
        """The style that names further typefaces; none where the paper's own draws everything."""
        families = self._lettering.families(text, language)
        if len(families) == 1:
            return ()
        if families not in self._further:
            named = ", ".join(f'"{family}"' for family in families)
            self._further[families] = self._sheet(f"html {{ font-family: {named} }}")
        return (self._further[families],)

    def _print(
        self,
        page: str,
        more: Sequence[CSS],
        mark: str | None,
        files: Sequence[AssociatedFile] = (),
        pictures: Mapping[str, tuple[bytes, str]] | None = None,
    ) -> bytes:
        sheets = [self._style, *more] + ([self._marked] if mark else [])
        html = HTML(string=page, url_fetcher=_ClosedFetcher(mark or "", pictures), base_url=None)
        try:
            with self._lock:
                printed: bytes = html.write_pdf(
                    stylesheets=sheets, font_config=self._fonts, pdf_variant="pdf/ua-1",
                    attachments=attachments(files), finisher=finishing(files),
                )  # fmt: skip
        except FatalURLFetchingError as error:  # no Exception, so that it would pass every handler above us
            raise RuntimeError(str(error)) from error
        return printed

    def _sheet(self, text: str) -> CSS:
        return CSS(string=text, font_config=self._fonts, url_fetcher=_ClosedFetcher(""))


def text_files(paper: Paper) -> tuple[AssociatedFile, ...]:
    """The exact text of the paper as files inside it: in some scripts extraction gives it in disorder.

    What was shown and what the program added are two files, so that the first one's hash is the one that is kept.
    """
    shown = AssociatedFile(SHOWN_TEXT, paper.title, Relationship.ALTERNATIVE, shown_text(paper).encode())
    if paper.evidence is None:
        return (shown,)
    heading, added = paper.evidence.heading, evidence_text(paper).encode()
    return (AssociatedFile(EVIDENCE_TEXT, heading, Relationship.ALTERNATIVE, added), shown)


class _ClosedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint publishes no types
    """Fetches nothing from anywhere. It knows the specimen mark, which it draws itself, and what it was handed."""

    def __init__(self, mark: str, pictures: Mapping[str, tuple[bytes, str]] | None = None) -> None:
        super().__init__(allowed_protocols=())
        self._mark = mark
        self._pictures = pictures or {}

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The mark or a picture. Raises: FatalURLFetchingError for every other address."""
        if url in self._pictures:
            data, media_type = self._pictures[url]
            return URLFetcherResponse(url, data, {"Content-Type": media_type})
        if url != _SPECIMEN_MARK:
            raise FatalURLFetchingError("the paper fetches nothing")
        return URLFetcherResponse(url, _mark(self._mark), {"Content-Type": "image/svg+xml"})


def _mark(words: str) -> str:
    """The words across the page, pale enough to read through.

    The text of a drawing is set sign by sign in one typeface: joined letters would fall apart, and run the wrong way.
    Of words in another script the Latin ones stand there alone; the band above each page has them all.
    """
    if any(each.isalpha() and "LATIN" not in unicodedata.name(each, "") for each in words):
        words = " ".join(re.findall("[A-Za-z]+", words)) or "SPECIMEN"
    size = min(90, 900 / max(len(words), 1))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600" viewBox="-300 -300 600 600">'
        f'<text text-anchor="middle" transform="rotate(-45)" y="{size / 3:.0f}" font-size="{size:.0f}" '
        f'font-family="DejaVu Sans" font-weight="bold" fill="#f3e3e3">{escape(words)}</text></svg>'
    )


def _page_words(labels: Mapping[str, str]) -> tuple[str, str, str]:
    """What stands before the page number, between it and their count, and after that."""
    before, rest = labels["page"].split("{page}", 1)
    between, after = rest.split("{pages}", 1)
    return before, between, after


def _filled(label: str, **facts: str) -> str:
    for name, fact in facts.items():
        label = label.replace("{" + name + "}", fact)
    return label
