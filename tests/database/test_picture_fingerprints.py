"""Fingerprints of pictures: kept encrypted, compared in memory, gone with the picture, shown to nobody."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from consent.acts import backup, bundling, exporting, matching, pictures
from consent.acts.actor import COMMAND, Actor
from consent.acts.house import House, find_wrapped
from consent.acts.opening import open_with
from consent.images.fingerprint import fingerprints
from consent.images.matcher import Matcher
from consent.records.base import metadata
from consent.records.tables.images import image_fingerprint
from consent.rules.access import Role
from consent.vault.envelope import Where
from consent.vault.shelves import FolderShelf
from consent.web.custody_words import TRAIL
from tests.database.out_there import only
from tests.factory import ROOT, Factory, picture_bytes
from tests.staffroom import make_app, send, signed_in
from tests.unit.images.pictures import photograph, saved

SEED = 21


@pytest.fixture
def officer(factory: Factory) -> Actor:
    return factory.staff(Role.CLINICIAN, Role.COMMUNICATIONS, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)


def prints_of(house: House, by: Actor, image_id: str) -> set[bytes]:
    """What is registered for a picture: worked out again from the file that was kept."""
    found = set(fingerprints(pictures.open_picture(house, by, image_id, "a test").data))
    assert len(found) > 5
    return found


def written(prints: set[bytes]) -> Iterator[bytes]:
    """Every way in which they are written down."""
    for each in prints:
        yield each
        yield each.hex().encode()
        yield base64.b64encode(each).rstrip(b"=")[:-1]


def anywhere(prints: set[bytes], contents: Iterator[tuple[str, bytes]]) -> list[str]:
    needles = list(written(prints))
    return [where for where, content in contents if any(each in content or each in content.lower() for each in needles)]


def everything_kept(house: House, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every cell of every table, and every file beside the database."""
    with house.reading() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                for name, value in row._mapping.items():
                    yield f"{table.name}.{name}", bytes(value) if isinstance(value, bytes) else str(value).encode()
    for path in folder.rglob("*"):
        if path.is_file() and "sqlite" not in path.name:
            yield path.name, path.read_bytes()


def test_they_are_kept_encrypted_and_searched_in_memory(
    house: House, factory: Factory, tmp_path: Path, officer: Actor
) -> None:
    made = factory.picture(seed=SEED)
    prints = prints_of(house, officer, made)
    assert anywhere(prints, everything_kept(house, tmp_path)) == []
    row = only(house, image_fingerprint, image_id=made)
    with house.reading() as connection:
        key = find_wrapped(connection, row.key_id)
    opened = open_with(house, key, Where("image_fingerprint", made, "content"), bytes(row.content))
    assert anywhere(prints, iter([("opened", opened)])) == ["opened"]
    # Another process: it knows nothing before its first search, and finds by what it then holds in memory.
    another = replace(house, matcher=Matcher())
    assert len(another.matcher) == 0
    assert [each.image for each in matching.alike(another, picture_bytes(SEED))] == [made]
    assert all(each in another.matcher._hashes.tobytes() for each in prints)


def test_they_go_with_the_picture_from_the_database_and_from_every_memory(
    house: House, factory: Factory, tmp_path: Path, officer: Actor
) -> None:
    made = factory.picture(seed=SEED)
    prints = prints_of(house, officer, made)
    another = replace(house, matcher=Matcher())
    for each in (house, another):
        assert matching.alike(each, picture_bytes(SEED))
    pictures.discard(house, officer, made)
    assert only(house, image_fingerprint, image_id=made).content is None
    for each in (house, another):
        assert matching.alike(each, picture_bytes(SEED)) == ()
        assert not any(mark in each.matcher._hashes.tobytes() for mark in prints)
    assert anywhere(prints, everything_kept(house, tmp_path)) == []


def test_they_are_in_no_page_no_answer_and_no_export_and_in_a_backup_only_encrypted(
    house: House, factory: Factory, tmp_path: Path, officer: Actor
) -> None:
    consent_id = factory.signed_consent()
    made = factory.ready_picture(consent_id, seed=SEED)
    prints = prints_of(house, officer, made)
    token = bytes(only(house, image_fingerprint, image_id=made).content)

    client = signed_in(make_app(house), house, officer)
    pages = ("/pictures", f"/pictures/{made}", f"/pictures/{made}/file", f"/consents/{consent_id}", "/ask", "/custody")
    answers = [(path, client.get(path)) for path in pages]
    assert [path for path, answer in answers if answer.status_code != 200] == []

    again = saved(photograph(SEED, 320, 240), quality=60)
    asked = {"channel": "instagram", "purpose": "public-education", "account": "", "file": (io.BytesIO(again), "a.jpg")}
    answers.append(("looks like", send(client, "/ask/file", **asked)))
    assert made in answers[-1][1].text

    trail, shelf = io.BytesIO(), FolderShelf(tmp_path / "backups")
    exporting.export(house, COMMAND, trail)
    bundle = zipfile.ZipFile(io.BytesIO(bundling.bundle(house, officer, consent_id, "A court asks", TRAIL).content))
    gone_out = [
        *((path, answer.data) for path, answer in answers),
        ("trail", trail.getvalue()),
        *((name, bundle.read(name)) for name in bundle.namelist()),
    ]
    assert anywhere({*prints, token[:48]}, iter(gone_out)) == []
    backup.back_up(house, COMMAND, shelf)
    files = [(path.name, path.read_bytes()) for path in shelf.path.rglob("*") if path.is_file()]
    assert "image_fingerprint.0" in {name for name, _ in files}
    assert anywhere({*prints, token[:48]}, iter(files)) == []


def test_few_know_that_there_are_any() -> None:
    """What reads the table, and what hands out what is in it: none of these is a page, a command or an export."""
    names = ("image_fingerprint", "fingerprints_since", "keep_fingerprint", "drop_fingerprint")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "consent").rglob("*.py")
        if any(name in path.read_text() for name in names)
    }
    assert found == {
        "consent/acts/matching.py",  # into memory
        "consent/acts/pictures.py",  # made, and deleted with the picture
        "consent/acts/retention.py",  # deleted with the consent
        "consent/records/images.py",
        "consent/records/ledger.py",  # not under custody: it changes when memory is told
        "consent/records/retention.py",
        "consent/records/tables/images.py",
    }
