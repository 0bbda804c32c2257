"""Search keys: made once, changed without losing any, never replaced by new ones, never open to others."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from consent.vault import key_export
from consent.vault.key_export import export_keys, import_keys
from consent.vault.keys import KeyFolder, KeysMissing, KeysUnsafe
from consent.vault.search_keys import SearchKeyFolder


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    made = KeyFolder(tmp_path / "keys")
    made.make()
    return made


@pytest.fixture
def search(folder: KeyFolder) -> SearchKeyFolder:
    made = SearchKeyFolder(folder)
    made.make()
    return made


def test_they_are_made_once_and_for_the_owner_alone(search: SearchKeyFolder) -> None:
    first = search.load()
    search.make()
    assert search.load() == first
    files = list(search.path.iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    (search.path / "current").chmod(0o644)
    with pytest.raises(KeysUnsafe, match="open to others"):
        search.load()


def test_a_new_one_is_written_with_and_the_old_one_still_finds(search: SearchKeyFolder) -> None:
    before = search.load()
    added = search.add()
    assert search.load() == added
    assert added.current_id != before.current_id
    assert added.keys[before.current_id] == before.keys[before.current_id]
    with pytest.raises(KeysUnsafe, match="current"):
        search.retire(added.current_id)
    search.retire(before.current_id)
    assert set(search.load().keys) == {added.current_id}
    with pytest.raises(KeysMissing):
        search.retire(before.current_id)


def test_a_lost_or_damaged_one_is_told_and_not_replaced(search: SearchKeyFolder) -> None:
    held = search.load()
    path = search.path / f"{held.current_id}.key"
    right = path.read_text()
    path.write_text("0" * 64 + "\n")
    with pytest.raises(KeysUnsafe, match="damaged"):
        search.load()
    path.write_text(right.upper().replace("\n", ""))
    assert search.load() == held
    path.unlink()
    with pytest.raises(KeysMissing, match="missing"):
        search.load()
    search.make()
    with pytest.raises(KeysMissing, match="missing"):
        search.load()


def test_a_crash_while_adding_leaves_the_old_one_in_use(
    search: SearchKeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = search.load()

    def dies(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("consent.vault.search_keys.replace_private", dies)
    with pytest.raises(KeysUnsafe, match="No space left"):
        search.add()
    after = search.load()
    assert after.current_id == before.current_id
    assert len(after.keys) == 2


def test_they_are_in_the_export_of_the_keys(
    folder: KeyFolder, search: SearchKeyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_export, "MEMORY_KIB", 64)
    search.add()
    back = KeyFolder(tmp_path / "elsewhere")
    import_keys(back, export_keys(folder, "five plain words in a row"), "five plain words in a row")
    assert SearchKeyFolder(back).load() == search.load()
