"""Keys are made once, whole, apart from the data, and are used only while nobody else can get at them."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from consent.vault.keyring import Keyring
from consent.vault.keys import KeyFolder, KeysMissing, KeysUnsafe, KeyTrouble, check_apart


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "state" / "keys")


def same(one: Keyring, other: Keyring) -> bool:
    return _values(one) == _values(other)


def _values(keyring: Keyring) -> tuple[object, ...]:
    return (
        keyring.current_kek_id,
        dict(keyring.key_encryption_keys),
        keyring.fingerprint_key_id,
        keyring.fingerprint_key,
        keyring.custody_key_id,
        keyring.custody_key.private_bytes_raw(),
        keyring.session_secret,
    )


def test_first_use_makes_keys_and_later_uses_find_the_same(folder: KeyFolder) -> None:
    made = folder.load_or_make()
    assert same(made, folder.load_or_make())
    assert same(made, KeyFolder(folder.path).load())
    assert folder.make() is False
    assert "BEGIN PUBLIC KEY" in made.custody_public_key


def test_rule_28_only_the_owner_may_read_what_was_made(folder: KeyFolder) -> None:
    before = os.umask(0)
    try:
        folder.load_or_make()
        folder.secret_set("sealing", lambda: {"sealing.pem": b"secret"})
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder.path, *folder.path.rglob("*"))}
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in modes.items())
    assert len([path for path in modes if path.is_file()]) == 6
    assert not [path for path in modes if path.name.startswith(".")]


def test_load_makes_nothing(folder: KeyFolder) -> None:
    with pytest.raises(KeysMissing):
        folder.load()
    assert not folder.path.exists()


def _start(path: Path, gate: object, answers: object) -> None:
    gate.wait()  # type: ignore[attr-defined]
    answers.put(_values(KeyFolder(path).load_or_make()))  # type: ignore[attr-defined]


def test_several_that_start_at_once_get_the_same_keys(folder: KeyFolder) -> None:
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(8), context.Queue()
    starters = [context.Process(target=_start, args=(folder.path, gate, answers)) for _ in range(8)]
    for starter in starters:
        starter.start()
    got = [answers.get(timeout=30) for _ in starters]
    for starter in starters:
        starter.join()
    assert all(values == got[0] for values in got)
    assert sorted(path.name for path in folder.path.iterdir()) == ["keyring"]


def test_a_crash_while_making_leaves_none_and_the_next_start_makes_them(
    folder: KeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(KeysUnsafe, match="No space left on device"):
            folder.load_or_make()
    assert list(folder.path.iterdir()) == []
    folder.load_or_make()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_open_to_others_is_refused(folder: KeyFolder, mode: int) -> None:
    folder.load_or_make()
    for path in (folder.path / "keyring").iterdir():
        path.chmod(mode)
        with pytest.raises(KeysUnsafe, match=f"{path.name} is open to others .*run: chmod 0600"):
            folder.load()
        path.chmod(0o600)
    folder.load()


@pytest.mark.parametrize("part", ["", "keyring"])
def test_a_folder_open_to_others_is_refused(folder: KeyFolder, part: str) -> None:
    folder.load_or_make()
    (folder.path / part).chmod(0o750)
    with pytest.raises(KeysUnsafe, match="chmod 0700"):
        folder.load()


def test_a_folder_that_was_open_before_is_not_used(folder: KeyFolder) -> None:
    folder.path.mkdir(parents=True, mode=0o755)
    with pytest.raises(KeysUnsafe, match="open to others"):
        folder.load_or_make()
    assert list(folder.path.iterdir()) == []


def test_each_missing_key_is_named_and_never_made_anew(folder: KeyFolder) -> None:
    folder.load_or_make()
    for path in list((folder.path / "keyring").iterdir()):
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(KeysMissing):
            folder.load_or_make()
        assert not path.exists()
        path.touch(mode=0o600)
        path.write_bytes(content)
    folder.load()


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"00" * 31, b"00" * 33, b"\xff\x00"])
def test_a_damaged_key_is_refused_without_showing_it(folder: KeyFolder, content: bytes) -> None:
    folder.load_or_make()
    for path in (folder.path / "keyring").iterdir():
        whole = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(KeyTrouble) as caught:
            folder.load()
        assert "\n" not in str(caught.value)
        assert whole.decode().strip() not in str(caught.value)
        path.write_bytes(whole)


def test_the_custody_key_is_the_one_that_its_name_says(folder: KeyFolder, tmp_path: Path) -> None:
    folder.load_or_make()
    other = KeyFolder(tmp_path / "other")
    other.load_or_make()
    (mine,) = (folder.path / "keyring").glob("custody-*")
    (theirs,) = (other.path / "keyring").glob("custody-*")
    mine.write_bytes(theirs.read_bytes())
    with pytest.raises(KeysUnsafe, match="custody"):
        folder.load()


def test_a_link_a_pipe_a_folder_or_an_unreadable_file_is_no_key(
    folder: KeyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.load_or_make()
    path = folder.path / "keyring" / "session.key"
    content = path.read_bytes()
    elsewhere = tmp_path / "elsewhere.key"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(KeysUnsafe, match="symbolic link"):
        folder.load()
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(KeysUnsafe, match="plain file"):
        folder.load()
    path.unlink()
    path.mkdir(mode=0o700)
    with pytest.raises(KeysUnsafe, match="plain file"):
        folder.load()
    path.rmdir()
    path.touch(mode=0o600)
    path.write_bytes(content)
    folder.load()

    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(KeysUnsafe, match="cannot be read: Permission denied"):
        folder.load()


def test_a_new_key_encryption_key_wraps_from_now_on_and_the_old_one_stays(folder: KeyFolder) -> None:
    before = folder.load_or_make()
    after = folder.add_key_encryption_key()
    assert same(after, folder.load())
    assert after.current_kek_id != before.current_kek_id
    assert set(after.key_encryption_keys) == {before.current_kek_id, after.current_kek_id}


def test_two_fingerprint_keys_are_a_question_for_a_person(folder: KeyFolder) -> None:
    folder.load_or_make()
    extra = folder.path / "keyring" / "fingerprint-0000000000000000.key"
    extra.touch(mode=0o600)
    extra.write_bytes(b"00" * 32)
    with pytest.raises(KeysUnsafe, match="more than one fingerprint key"):
        folder.load()


def _begin(path: Path, number: int, gate: object, answers: object) -> None:
    gate.wait()  # type: ignore[attr-defined]
    own = {"key.pem": b"key %d" % number, "certificate.pem": b"certificate %d" % number}
    answers.put(KeyFolder(path).secret_set("sealing", lambda: own))  # type: ignore[attr-defined]


def test_secrets_that_belong_together_are_never_mixed(folder: KeyFolder) -> None:
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(8), context.Queue()
    starters = [context.Process(target=_begin, args=(folder.path, number, gate, answers)) for number in range(8)]
    for starter in starters:
        starter.start()
    got = [answers.get(timeout=30) for _ in starters]
    for starter in starters:
        starter.join()
    assert all(files == got[0] for files in got)
    assert got[0]["key.pem"].removeprefix(b"key") == got[0]["certificate.pem"].removeprefix(b"certificate")
    assert sorted(path.name for path in folder.path.rglob("*")) == ["certificate.pem", "key.pem", "sealing", "secrets"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.path.rglob("*.pem")}
    assert modes == {0o600}


def test_a_set_that_cannot_be_made_leaves_nothing(folder: KeyFolder) -> None:
    def failing() -> dict[str, bytes]:
        raise RuntimeError("no authority today")

    with pytest.raises(RuntimeError):
        folder.secret_set("sealing", failing)
    with pytest.raises(ValueError, match="no name"):
        folder.secret_set("sealing", lambda: {"../key.pem": b"x"})
    assert [path.name for path in folder.path.rglob("*")] == ["secrets"]
    assert folder.secret_set("sealing", lambda: {"key.pem": b"x"}) == {"key.pem": b"x"}
    (folder.path / "secrets" / "sealing" / "key.pem").chmod(0o644)
    with pytest.raises(KeysUnsafe, match="open to others"):
        folder.secret_set("sealing", failing)


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "A", "a b", "a\n", "x" * 81])
def test_a_secrets_name_never_leaves_the_folder(folder: KeyFolder, name: str) -> None:
    with pytest.raises(ValueError, match="no name for a secret"):
        folder.secret_set(name, dict)


def test_keys_beside_the_instance_folder_are_apart(tmp_path: Path) -> None:
    check_apart(tmp_path / "instance-keys", tmp_path / "instance")
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance-keys").mkdir()
    check_apart(tmp_path / "instance-keys", tmp_path / "instance")


def test_rule_28_keys_inside_or_around_the_instance_folder_are_refused(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    for keys in (instance, instance / "keys", instance / "a" / ".." / "b", tmp_path):
        with pytest.raises(KeysUnsafe, match="keep them apart"):
            check_apart(keys, instance)
    (instance / "keys").mkdir(parents=True)
    (tmp_path / "looks-apart").symlink_to(instance / "keys")
    with pytest.raises(KeysUnsafe, match="keep them apart"):
        check_apart(tmp_path / "looks-apart", instance)


def test_a_printed_keyring_shows_no_key(folder: KeyFolder) -> None:
    keyring = folder.load_or_make()
    shown = repr(keyring)
    for key in (keyring.fingerprint_key, keyring.session_secret, *keyring.key_encryption_keys.values()):
        assert repr(key) not in shown
        assert key.hex() not in shown
    assert "Ed25519" not in shown


def test_a_key_that_another_process_added_is_found(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    before = folder.load_or_make()
    added = KeyFolder(tmp_path / "keys").add_key_encryption_key()
    assert before.key_encryption_keys[added.current_kek_id] == added.key_encryption_keys[added.current_kek_id]
    assert before.key_encryption_keys.get("0" * 16) is None
    assert before.key_encryption_keys.get("../keyring/session") is None
    assert folder.current_kek_id() == added.current_kek_id


def test_the_current_key_cannot_be_retired_and_an_old_one_can(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    old = folder.load_or_make().current_kek_id
    new = folder.add_key_encryption_key().current_kek_id
    with pytest.raises(KeysUnsafe, match="current"):
        folder.retire(new)
    with pytest.raises(KeysMissing):
        folder.retire("../" + old)
    folder.retire(old)
    assert set(folder.load().key_encryption_keys) == {new}
