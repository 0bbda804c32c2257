"""A backup holds no key, whatever is unpacked of it; the administrator is asked until the keys are kept elsewhere."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import wiring
from consent.acts import backup, restoring
from consent.acts.actor import COMMAND
from consent.acts.house import House
from consent.acts.opening import open_bytes, open_with
from consent.records.keys import everything_encrypted
from consent.records.tables.custody import data_key
from consent.vault.envelope import Where, WrappedKey
from consent.vault.keyring import fresh_keyring
from consent.vault.shelves import FolderShelf
from tests.factory import Clock, Factory, make_house
from tests.spoiling import flipped


@pytest.fixture
def installed(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house with every key that a real installation makes for itself, one signed consent and a picture in it."""
    monkeypatch.setenv("CONSENT_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("CONSENT_KEY_DIR", str(tmp_path / "the-keys"))
    monkeypatch.setenv("CONSENT_DATABASE_URL", sqlite_url)
    settings_ = wiring.settings_from()
    wiring.key_folder(settings_).make()
    wiring.search_key_folder(settings_).make()
    house = wiring.make_house(settings_)
    factory = Factory(house, Clock(house.clock()))
    factory.ready_picture(factory.signed_consent())
    yield house
    house.engine.dispose()


def secrets_in(folder: Path) -> dict[str, list[bytes]]:
    """What of each file in the key folder is secret, as plain bytes."""
    found: dict[str, list[bytes]] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("current"):
            continue
        content = path.read_bytes()
        if b"PRIVATE KEY" in content:
            key = load_pem_private_key(content, None)
            raw = [key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())]
            if isinstance(key, RSAPrivateKey):
                numbers = key.private_numbers()
                raw += [each.to_bytes((each.bit_length() + 7) // 8, "big") for each in (numbers.d, numbers.p)]
            elif isinstance(key, EllipticCurvePrivateKey):
                raw.append(key.private_numbers().private_value.to_bytes(key.key_size // 8, "big"))
            else:
                assert isinstance(key, Ed25519PrivateKey)
                raw.append(key.private_bytes_raw())
            found[path.name] = raw
        elif path.suffix == ".key":
            found[path.name] = [bytes.fromhex(content.decode())]
    return found


def written(secret: bytes) -> Iterator[bytes]:
    """Every way in which such bytes are written down."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    # Base64 within longer base64 begins at one of three places; what it shares with its neighbours is cut off.
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret)
        yield text[4 if before else 0 : -4]


def unpacked(house: House, shelf: FolderShelf, name: str) -> Iterator[tuple[str, bytes]]:
    """Every file of a backup, as it lies there and as whoever has the keys unpacks it."""
    manifest = json.loads(shelf.get(f"{name}/manifest.json"))["manifest"]
    kept = manifest["key"]
    key = WrappedKey(kept["id"], kept["kek"], base64.b64decode(kept["wrapped"]), base64.b64decode(kept["salt"]))
    for path in sorted(shelf.path.rglob("*")):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes()
        if path.parent.name == "tables":
            table, _, number = path.name.partition(".")
            opened = zlib.decompress(open_with(house, key, Where("backup", table, number), path.read_bytes()))
            yield path.name, opened
            for line in opened.splitlines():
                for value in json.loads(line).values():
                    if isinstance(value, str) and len(value) > 20:
                        try:
                            yield path.name, base64.b64decode(value, validate=True)
                        except ValueError:
                            continue


def opened(house: House) -> Iterator[tuple[str, bytes]]:
    """All that is encrypted once more within a backup's rows and blobs, opened."""
    with house.reading() as connection:
        for kept in everything_encrypted(connection):
            token = house.blobs.get(kept.blob) if kept.blob is not None else kept.token or b""
            where = Where(kept.table, kept.row, kept.column, kept.version)
            yield f"{kept.table}.{kept.column}", open_bytes(house, connection, where, token)


def test_no_key_is_in_a_backup_however_it_is_unpacked(installed: House, tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "backups")
    made = backup.back_up(installed, COMMAND, shelf)
    keys = secrets_in(tmp_path / "the-keys")
    assert {name.partition("-")[0] for name in keys} >= {"kek", "fingerprint", "custody", "session.key", "sealing"}
    assert len(keys) >= 7
    pieces = [*unpacked(installed, shelf, made.name), *opened(installed)]
    assert len(pieces) > 100
    for name, secrets_ in keys.items():
        for secret in secrets_:
            assert len(secret) >= 32
            for needle in written(secret):
                assert not [piece for piece, content in pieces if needle in content], name
    assert not [piece for piece, content in pieces if b"PRIVATE KEY" in content]
    # The search would find one: what is in the backup is found in it.
    with installed.reading() as connection:
        kept = next(each for each in everything_encrypted(connection) if each.token is not None)
        salt = bytes(connection.execute(data_key.select()).first().salt)  # type: ignore[union-attr]
    assert [piece for piece, content in pieces if salt in content]
    assert [piece for piece, content in pieces if any(form in content for form in written(bytes(kept.token or b"")))]


@pytest.fixture(scope="module")
def backed_up(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FolderShelf, House]]:
    """A finished backup, and an empty house with the same keys to restore it into."""
    folder = tmp_path_factory.mktemp("backed-up")
    houses = []
    for name in ("one", "other"):
        (folder / name).mkdir()
        (folder / name / "consent.sqlite").write_bytes(migrated_file.read_bytes())
        houses.append(make_house(f"sqlite:///{folder / name / 'consent.sqlite'}", folder / name))
    house, empty = houses
    with house.writing(COMMAND) as deed:
        deed.enter("test.words", {}, "words that are kept")
    shelf = FolderShelf(folder / "backups")
    backup.back_up(house, COMMAND, shelf)
    yield shelf, empty
    for each in houses:
        each.engine.dispose()


def damaged(shelf: FolderShelf, wanted: str, content: bytes) -> FolderShelf:
    """The same shelf, one of whose files reads otherwise."""

    class Damaged(FolderShelf):
        def get(self, name: str) -> bytes:
            return content if name == wanted else super().get(name)

    return Damaged(shelf.path)


def refuses(shelf: FolderShelf, empty: House) -> None:
    with pytest.raises(restoring.BadBackup):
        restoring.restore(empty, COMMAND, shelf)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_a_backups_manifest_or_tables_is_refused(
    backed_up: tuple[FolderShelf, House], data: st.DataObject
) -> None:
    shelf, empty = backed_up
    names = sorted(path.relative_to(shelf.path).as_posix() for path in shelf.path.rglob("*") if path.is_file())
    name = data.draw(st.one_of(st.just(next(each for each in names if "manifest" in each)), st.sampled_from(names)))
    content = shelf.get(name)
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    refuses(damaged(shelf, name, flipped(content, bit)), empty)


def test_every_bit_of_a_manifests_signature_counts(backed_up: tuple[FolderShelf, House]) -> None:
    shelf, empty = backed_up
    (name,) = shelf.names("/manifest.json")
    content = shelf.get(name)
    at = content.index(b'"signature": "') + len('"signature": "')
    for bit in range(at * 8, (at + 128) * 8):
        refuses(damaged(shelf, name, flipped(content, bit)), empty)
    refuses(damaged(shelf, name, content + b"\n"), empty)
    signed: dict[str, Any] = json.loads(content)
    refuses(damaged(shelf, name, json.dumps({**signed, "more": 1}, sort_keys=True).encode()), empty)
    assert fresh_keyring().custody_key_id != signed["signed_by"]
