"""The form book: every form version under ``forms/``, loaded and checked once, then never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from consent.formbook.catalogue import (
    Channel,
    Medium,
    Purpose,
    Said,
    read_channels,
    read_media,
    read_purposes,
)
from consent.formbook.structure import read_structure
from consent.formbook.texts import need, read_toml
from consent.formbook.values import BadForm
from consent.formbook.version import FormVersion
from consent.formbook.wording import read_wording
from consent.formbook.words import Words, read_words

Catalogues = tuple[Mapping[str, Medium], Mapping[str, Purpose], Mapping[str, Channel]]


@dataclass(frozen=True)
class Published:
    """What was frozen when a version was published: its hash, and the catalogue entries in that hash."""

    hash: str
    covers: tuple[str, ...]


@dataclass(frozen=True)
class FormBook:
    """All forms with what they can ask for and the words around them."""

    forms: Mapping[tuple[str, int], FormVersion]
    media: Mapping[str, Medium]
    purposes: Mapping[str, Purpose]
    channels: Mapping[str, Channel]
    languages: Mapping[str, Words]
    published: Mapping[tuple[str, int], Published]

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
    catalogues = (
        read_media(path / "media.toml"),
        read_purposes(path / "purposes.toml"),
        read_channels(path / "channels.toml"),
    )
    published = read_published(path / "published.toml")
    forms = {}
    for folder in sorted(each.parent for each in path.glob("*/*/structure.toml")):
        version = load_version(folder, catalogues, published)
        forms[version.form, version.number] = version
    languages = {words.language: words for words in map(read_words, sorted((path / "words").glob("*.toml")))}
    check_languages(languages, forms)
    media, purposes, channels = catalogues
    return FormBook(MappingProxyType(forms), media, purposes, channels, MappingProxyType(languages), published)


def load_version(folder: Path, catalogues: Catalogues, published: Mapping[tuple[str, int], Published]) -> FormVersion:
    """The form version kept in the folder ``<form>/<number>``. Raises: BadForm."""
    files = {"structure": read_toml(folder / "structure.toml")}
    plan = read_structure(files["structure"], f"{folder.parent.name}/{folder.name}/structure.toml")
    if (plan.form, str(plan.number)) != (folder.parent.name, folder.name):
        raise BadForm(f"{folder}: structure.toml says that it is {plan.form}/{plan.number}")
    files |= {language: read_toml(folder / f"{language}.toml") for language in plan.languages}
    known = published.get((plan.form, plan.number))
    return FormVersion(
        form=plan.form,
        number=plan.number,
        structure=plan,
        texts=MappingProxyType(
            {language: read_wording(language, files[language], plan, catalogues) for language in plan.languages}
        ),
        media=catalogues[0],
        purposes=catalogues[1],
        channels=catalogues[2],
        hash=hash_of(files, catalogues, known.covers if known else entry_keys(catalogues), plan.languages),
    )


def entry_keys(catalogues: Catalogues) -> tuple[str, ...]:
    """Every catalogue entry as "kind/code"."""
    kinds = zip(("medium", "purpose", "channel"), catalogues, strict=True)
    return tuple(f"{kind}/{code}" for kind, catalogue in kinds for code in sorted(catalogue))


def hash_of(
    files: Mapping[str, Any], catalogues: Catalogues, covers: tuple[str, ...], languages: tuple[str, ...]
) -> str:
    """SHA-256, in hexadecimal, over the canonical JSON of the files and of the entries' words.

    A channel added after publication is not among `covers`, so that it does not change what was signed.
    """
    entries: dict[str, object] = {}
    by_kind: dict[str, Mapping[str, Medium | Purpose | Channel]] = {
        "medium": catalogues[0],
        "purpose": catalogues[1],
        "channel": catalogues[2],
    }
    for key in covers:
        kind, _, code = key.partition("/")
        entry = by_kind[kind].get(code)
        if entry is not None:
            audience = entry.audience if isinstance(entry, Channel) else ""
            entries[key] = [audience, {each: _said(entry.words[each]) for each in languages if each in entry.words}]
    content = json.dumps({"files": files, "entries": entries}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _said(words: Said) -> list[str]:
    return [words.row, words.hint]


def read_published(path: Path) -> Mapping[tuple[str, int], Published]:
    """The frozen versions; none when there is no such file yet. Raises: BadForm."""
    found: dict[tuple[str, int], Published] = {}
    for form, versions in (read_toml(path) if path.exists() else {}).items():
        for number, entry in versions.items():
            where = f"{path.name}: {form}.{number}"
            covers = tuple(need(entry, "covers", list, where))
            found[form, int(number)] = Published(need(entry, "hash", str, where), covers)
    return MappingProxyType(found)


def check_languages(languages: Mapping[str, Words], forms: Mapping[tuple[str, int], FormVersion]) -> None:
    """Each language of a form has its phrases, and all have the same. Raises: BadForm."""
    for version in forms.values():
        for language in version.languages:
            if language not in languages:
                raise BadForm(f"words/{language}.toml: missing, though {version.form} speaks it")
    shapes = {
        language: {key: shape(phrase) for key, phrase in words.phrases.items()} for language, words in languages.items()
    }
    for language, own in shapes.items():
        for other, theirs in shapes.items():
            odd = sorted(key for key in own.keys() | theirs.keys() if own.get(key) != theirs.get(key))
            if odd:
                raise BadForm(f"words/{language}.toml and words/{other}.toml differ in {', '.join(odd)}")


def shape(phrase: str | tuple[str, ...]) -> int:
    """0 for a text, else how many texts the list has."""
    return 0 if isinstance(phrase, str) else len(phrase)


def publication(version: FormVersion) -> str:
    """The lines that freeze the version as it is now, for ``published.toml``."""
    covers = entry_keys((version.media, version.purposes, version.channels))
    listed = "".join(f'    "{key}",\n' for key in covers)
    return f'[{version.form}.{version.number}]\nhash = "{version.hash}"\ncovers = [\n{listed}]\n'
