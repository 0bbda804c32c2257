"""Blobs are whole or absent, never change, and their keys say nothing."""

from __future__ import annotations

import errno
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.vault.blobs import BlobMissing, BlobStore, CannotStore, FolderBlobStore

FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> FolderBlobStore:
    return FolderBlobStore(tmp_path / "instance" / "blobs")


def files(store: FolderBlobStore) -> list[Path]:
    return [path for path in store.path.rglob("*") if path.is_file()]


def test_what_was_put_is_got_back(store: FolderBlobStore) -> None:
    as_protocol: BlobStore = store
    keys = [as_protocol.put(bytes([number]) * 1000) for number in range(20)]
    assert [store.get(key) for key in keys] == [bytes([number]) * 1000 for number in range(20)]
    assert sorted(store.keys(FUTURE)) == sorted(keys)
    assert store.get(store.put(b"")) == b""


def test_the_same_bytes_twice_are_two_blobs_with_keys_of_no_meaning(store: FolderBlobStore) -> None:
    assert store.put(b"same") != store.put(b"same")
    assert len(files(store)) == 2


def test_rule_28_only_the_owner_may_read_and_folders_fan_out(store: FolderBlobStore) -> None:
    before = os.umask(0)
    try:
        key = store.put(b"ciphertext")
    finally:
        os.umask(before)
    assert files(store) == [store.path / key[:2] / key[2:4] / key]
    for path in (store.path, *store.path.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("key", ["", "0" * 32, "../../etc/passwd", "/etc/passwd", "0" * 31 + "\n", "A" * 32])
def test_an_unknown_or_impossible_key_is_missing(store: FolderBlobStore, key: str) -> None:
    store.put(b"x")
    with pytest.raises(BlobMissing):
        store.get(key)


def test_deleted_is_gone_and_deleting_again_is_no_error(store: FolderBlobStore) -> None:
    key = store.put(b"x")
    store.delete(key)
    store.delete(key)
    with pytest.raises(BlobMissing):
        store.get(key)
    with pytest.raises(BlobMissing):
        store.delete("../escape")


def test_upkeep_sees_only_what_is_old_enough(store: FolderBlobStore) -> None:
    old, new = store.put(b"old"), store.put(b"new")
    hour_ago = time.time() - 3600
    os.utime(store.path / old[:2] / old[2:4] / old, (hour_ago, hour_ago))
    limit = datetime.fromtimestamp(hour_ago, UTC) + timedelta(minutes=30)
    assert list(store.keys(limit)) == [old]
    assert set(store.keys(FUTURE)) == {old, new}
    assert list(FolderBlobStore(store.path / "never-made").keys(FUTURE)) == []


@pytest.mark.parametrize(("number", "full"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EIO, False)])
def test_a_full_or_failing_disk_stores_nothing_and_leaves_nothing(
    store: FolderBlobStore, monkeypatch: pytest.MonkeyPatch, number: int, full: bool
) -> None:
    store.put(b"before")

    def failing(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(CannotStore) as caught:
        store.put(b"x" * 100)
    assert caught.value.full is full
    assert len(files(store)) == 1


def test_nothing_is_ever_overwritten(store: FolderBlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.vault.blobs.secrets.token_hex", lambda size: "ab" * size)
    key = store.put(b"first")
    with pytest.raises(CannotStore):
        store.put(b"second")
    assert store.get(key) == b"first"
    assert len(files(store)) == 1


def test_what_a_crash_left_half_written_is_never_listed_and_is_swept(store: FolderBlobStore) -> None:
    key = store.put(b"x")
    (store.path / "unfinished" / ".unfinished-0011").write_bytes(b"half")
    assert list(store.keys(FUTURE)) == [key]
    assert store.sweep_unfinished(datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert store.sweep_unfinished(FUTURE) == 1
    assert store.get(key) == b"x"
    assert len(files(store)) == 1


def test_many_at_once(store: FolderBlobStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda number: store.put(str(number).encode()), range(200)))
    assert [store.get(key) for key in keys] == [str(number).encode() for number in range(200)]
