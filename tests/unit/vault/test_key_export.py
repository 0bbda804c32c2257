"""All keys in one file under a passphrase, and back."""

from __future__ import annotations

import functools
import stat
from pathlib import Path

import pytest

from consent.vault import key_export
from consent.vault.key_export import BadExport, export_keys, import_keys
from consent.vault.keys import KeyFolder, KeysUnsafe

PASSPHRASE = "five plain words in a row"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_export, "MEMORY_KIB", 64)


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    made = KeyFolder(tmp_path / "keys")
    made.load_or_make()
    made.add_key_encryption_key()
    made.secret_set("sealing", lambda: {"root-key.pem": b"one", "sealing-key.pem": b"two"})
    return made


def test_what_was_exported_comes_back_whole_and_private(folder: KeyFolder, tmp_path: Path) -> None:
    (folder.path / ".making-left-by-a-crash").mkdir()
    (folder.path / ".making-left-by-a-crash" / "half").write_bytes(b"x")
    back = KeyFolder(tmp_path / "elsewhere")
    import_keys(back, export_keys(folder, PASSPHRASE), PASSPHRASE)
    before, after = folder.load(), back.load()
    assert dict(after.key_encryption_keys) == dict(before.key_encryption_keys)
    assert (after.current_kek_id, after.custody_key_id) == (before.current_kek_id, before.custody_key_id)
    assert back.secret_set("sealing", dict)["sealing-key.pem"] == b"two"
    files = [path for path in back.path.rglob("*") if path.is_file()]
    assert len(files) == 8
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_another_passphrase_opens_nothing(folder: KeyFolder, tmp_path: Path) -> None:
    with pytest.raises(BadExport):
        import_keys(KeyFolder(tmp_path / "elsewhere"), export_keys(folder, PASSPHRASE), PASSPHRASE + "!")
    assert not (tmp_path / "elsewhere").exists()


def refused(export: bytes, folder: Path) -> None:
    with pytest.raises(BadExport):
        import_keys(KeyFolder(folder), export, PASSPHRASE)
    assert not folder.exists()


def test_every_flipped_bit_of_an_export_is_refused(
    folder: KeyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = export_keys(folder, PASSPHRASE)
    # Stretching the same passphrase with the same salt thousands of times proves nothing more.
    monkeypatch.setattr(key_export, "_key", functools.cache(key_export._key))
    for bit in range(len(export) * 8):
        changed = bytearray(export)
        changed[bit // 8] ^= 1 << bit % 8
        refused(bytes(changed), tmp_path / "elsewhere")


def test_a_cut_or_lengthened_export_is_refused(
    folder: KeyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = export_keys(folder, PASSPHRASE)
    monkeypatch.setattr(key_export, "_key", functools.cache(key_export._key))
    for length in range(len(export)):
        refused(export[:length], tmp_path / "elsewhere")
    refused(export + b"x", tmp_path / "elsewhere")


def test_an_export_holds_no_key_in_the_clear(folder: KeyFolder) -> None:
    export = export_keys(folder, PASSPHRASE)
    for key in folder.load().key_encryption_keys.values():
        assert key not in export
        assert key.hex().encode() not in export


def test_keys_that_are_there_are_not_overwritten(folder: KeyFolder) -> None:
    with pytest.raises(KeysUnsafe, match="already"):
        import_keys(folder, export_keys(folder, PASSPHRASE), PASSPHRASE)


def test_a_short_passphrase_is_refused(folder: KeyFolder) -> None:
    with pytest.raises(ValueError, match="15"):
        export_keys(folder, "short")


@pytest.mark.parametrize("name", ["keyring/../../out", "keyring/.hidden", "elsewhere/x", "keyring/a/b/c", "/keyring/x"])
def test_an_export_cannot_write_outside_its_folder(name: str) -> None:
    assert not key_export._belongs(name)
