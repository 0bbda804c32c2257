"""The form book: every form version under ``forms/``, loaded and checked once, then never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from consent.formbook.catalogue import Catalogue, Channel, Medium, Purpose, Said, read_catalogue
from consent.formbook.structure import Structure, read_structure
from consent.formbook.texts import need, read_toml
from consent.formbook.values import BadForm
from consent.formbook.version import FormVersion
from consent.formbook.wording import read_wording
from consent.formbook.words import REFERENCE, Words, read_words

STRUCTURE = "structure.toml"


@dataclass(frozen=True)
class Published:
    """What was frozen when a version was published: a hash for each language, and the catalogue entries in it.

    A language that was added later has a hash of its own and changes none of the others.
    """

    hashes: Mapping[str, str]
    covers: tuple[str, ...]


@dataclass(frozen=True)
class Jurisdiction:
    """A place's law: its name, and every paragraph that some part of a form for it has to meet."""

    name: str
    required: tuple[str, ...]


@dataclass(frozen=True)
class FormBook:
    """All forms with what they can ask for and the words around them."""

    forms: Mapping[tuple[str, int], FormVersion]
    media: Mapping[str, Medium]
    purposes: Mapping[str, Purpose]
    channels: Mapping[str, Channel]
    languages: Mapping[str, Words]
    published: Mapping[tuple[str, int], Published]
    jurisdictions: Mapping[str, Jurisdiction]

    def version(self, form: str, number: int) -> FormVersion:
        """The version. Raises: KeyError when there is none such."""
        return self.forms[form, number]

    def versions(self) -> tuple[FormVersion, ...]:
        """Every version, by form, the oldest first."""
        return tuple(self.forms[key] for key in sorted(self.forms))

    def newest(self, form: str) -> FormVersion:
        """The form's latest version. Raises: KeyError when there is no such form."""
        return self.forms[form, max((number for name, number in self.forms if name == form), default=0)]

    def words(self, language: str) -> Words:
        """The phrases of the patients' pages. Raises: KeyError for a language without any."""
        return self.languages[language]


def load_formbook(path: Path) -> FormBook:
    """Everything under the folder, complete and consistent.

    Raises: BadForm naming the file, for anything missing, unknown or malformed in it.
    """
    catalogue = read_catalogue(path)
    published = read_published(path / "published.toml")
    jurisdictions = read_jurisdictions(path / "jurisdictions.toml")
    forms = {}
    for folder in sorted(each.parent for each in path.glob(f"*/*/{STRUCTURE}")):
        version = load_version(folder, catalogue, published)
        if version.structure.jurisdiction not in jurisdictions:
            raise BadForm(f"{folder}: jurisdictions.toml does not know {version.structure.jurisdiction}")
        forms[version.form, version.number] = version
    return FormBook(
        forms=MappingProxyType(forms),
        media=catalogue.media,
        purposes=catalogue.purposes,
        channels=catalogue.channels,
        languages=MappingProxyType(load_languages(path / "words", forms)),
        published=published,
        jurisdictions=jurisdictions,
    )


def load_version(folder: Path, catalogue: Catalogue, published: Mapping[tuple[str, int], Published]) -> FormVersion:
    """The form version kept in the folder ``<form>/<number>``: one file for its structure, one per language.

    Raises: BadForm.
    """
    structure = read_toml(folder / STRUCTURE)
    plan = read_structure(structure, f"{folder.parent.name}/{folder.name}/{STRUCTURE}")
    if (plan.form, str(plan.number)) != (folder.parent.name, folder.name):
        raise BadForm(f"{folder}: {STRUCTURE} says that it is {plan.form}/{plan.number}")
    files = {path.stem: read_toml(path) for path in sorted(folder.glob("*.toml")) if path.name != STRUCTURE}
    if REFERENCE not in files:
        raise BadForm(f"{folder}: {REFERENCE}.toml is missing; staff read every form in English")
    offered = narrowed(catalogue, plan)
    known = published.get((plan.form, plan.number))
    covers = known.covers if known else entry_keys(offered)
    languages = (REFERENCE, *sorted(files.keys() - {REFERENCE}))
    contents = {each: content_of(structure, files[each], offered, covers, each) for each in languages}
    return FormVersion(
        form=plan.form,
        number=plan.number,
        structure=plan,
        texts=MappingProxyType(
            {language: read_wording(language, files[language], plan, offered) for language in languages}
        ),
        media=offered.media,
        purposes=offered.purposes,
        channels=offered.channels,
        hashes=MappingProxyType({language: hashlib.sha256(each).hexdigest() for language, each in contents.items()}),
        contents=MappingProxyType(contents),
    )


def narrowed(catalogue: Catalogue, plan: Structure) -> Catalogue:
    """What this form offers of the catalogue. Raises: BadForm for an offer that is not in it."""
    known = {f"{kind}/{code}" for kind, code, _ in catalogue.entries()}
    for kind, codes in plan.offers.items():
        strange = [code for code in codes if f"{kind}/{code}" not in known]
        if strange:
            raise BadForm(f"{plan.form}/{plan.number}: offers an unknown {kind}: {', '.join(strange)}")
    offers = plan.offers
    return Catalogue(
        media=MappingProxyType(
            {code: each for code, each in catalogue.media.items() if code in offers.get("medium", catalogue.media)}
        ),
        purposes=MappingProxyType(
            {
                code: each
                for code, each in catalogue.purposes.items()
                if code in offers.get("purpose", catalogue.purposes)
            }
        ),
        channels=MappingProxyType(
            {
                code: each
                for code, each in catalogue.channels.items()
                if code in offers.get("channel", catalogue.channels)
            }
        ),
    )


def entry_keys(catalogue: Catalogue) -> tuple[str, ...]:
    """Every catalogue entry as "kind/code"."""
    return tuple(sorted(f"{kind}/{code}" for kind, code, _ in catalogue.entries()))


def content_of(
    structure: Mapping[str, Any], text: Mapping[str, Any], catalogue: Catalogue, covers: tuple[str, ...], language: str
) -> bytes:
    """The canonical JSON of the structure, one language, and its catalogue words: its SHA-256 is the form's hash.

    A channel added after publication is not among `covers`, so that it does not change what was signed.
    """
    entries: dict[str, object] = {}
    for kind, code, entry in catalogue.entries():
        if f"{kind}/{code}" in covers and language in entry.words:
            audience = entry.audience if isinstance(entry, Channel) else ""
            entries[f"{kind}/{code}"] = [audience, _said(entry.words[language])]
    content = json.dumps(
        {"structure": structure, "language": language, "text": text, "entries": entries},
        sort_keys=True,
        ensure_ascii=False,
    )
    return content.encode()


def _said(words: Said) -> list[str]:
    return [words.row, words.hint]


def read_published(path: Path) -> Mapping[tuple[str, int], Published]:
    """The frozen versions; none when there is no such file yet. Raises: BadForm."""
    found: dict[tuple[str, int], Published] = {}
    for form, versions in (read_toml(path) if path.exists() else {}).items():
        for number, entry in versions.items():
            where = f"{path.name}: {form}.{number}"
            covers = tuple(need(entry, "covers", list, where))
            found[form, int(number)] = Published(MappingProxyType(need(entry, "hashes", dict, where)), covers)
    return MappingProxyType(found)


def read_jurisdictions(path: Path) -> Mapping[str, Jurisdiction]:
    """Each jurisdiction with what its law asks of a form. Raises: BadForm."""
    return MappingProxyType(
        {
            code: Jurisdiction(
                need(entry, "name", str, f"{path.name}: {code}"),
                tuple(need(entry, "required", list, f"{path.name}: {code}")),
            )
            for code, entry in read_toml(path).items()
        }
    )


def load_languages(folder: Path, forms: Mapping[tuple[str, int], FormVersion]) -> dict[str, Words]:
    """The phrases of each language. Where a file lacks one, the English phrase stands in and is named as missing.

    So a translation that is a release behind does not keep the program from starting, and a signed consent's
    pages still open; nothing can be signed in it until it is whole (`Words.missing`).
    Raises: BadForm for a form's language without a file, or without English.
    """
    found = {words.language: words for words in map(read_words, sorted(folder.glob("*.toml")))}
    for version in forms.values():
        for language in version.languages:
            if language not in found:
                raise BadForm(f"words/{language}.toml: missing, though {version.form} speaks it")
    if REFERENCE not in found:
        raise BadForm(f"words/{REFERENCE}.toml: missing")
    reference = found.pop(REFERENCE)
    return {REFERENCE: reference, **{language: words.filled(reference) for language, words in found.items()}}


def publication(version: FormVersion) -> str:
    """The lines that freeze the version as it is now, for ``published.toml``."""
    covers = entry_keys(Catalogue(version.media, version.purposes, version.channels))
    listed = "".join(f'    "{key}",\n' for key in covers)
    hashes = "".join(f'{language} = "{own}"\n' for language, own in version.hashes.items())
    name = f"{version.form}.{version.number}"
    return f"[{name}]\ncovers = [\n{listed}]\n\n[{name}.hashes]\n{hashes}"
