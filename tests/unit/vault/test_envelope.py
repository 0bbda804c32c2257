"""What is encrypted opens in its own place, with its own key, unchanged; or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.vault.binding import bind
from consent.vault.decrypt import decrypt
from consent.vault.envelope import CannotDecrypt, Where, WrappedKey, data_key_id, encrypt, new_data_key, rewrap
from consent.vault.keyring import Keyring, fresh_keyring, with_new_current_key
from tests.spoiling import flipped

RING = fresh_keyring()
KEY = new_data_key(RING)
HERE = Where("patient", "k3v7", "name")
PLAIN = "Zoë O’Hara, سلمى".encode()
TOKEN = encrypt(RING, KEY, HERE, PLAIN)


def refused(token: bytes = TOKEN, key: WrappedKey = KEY, where: Where = HERE, ring: Keyring = RING) -> None:
    with pytest.raises(CannotDecrypt) as caught:
        decrypt(ring, key, where, token)
    assert str(caught.value) == "This cannot be decrypted."
    assert caught.value.__cause__ is None


@given(plain=st.binary(max_size=300), table=st.text(), row=st.text(), column=st.text(), version=st.integers())
def test_what_was_encrypted_opens_in_its_place(plain: bytes, table: str, row: str, column: str, version: int) -> None:
    where = Where(table, row, column, version)
    assert decrypt(RING, KEY, where, encrypt(RING, KEY, where, plain)) == plain


def test_rule_28_a_token_shows_nothing_and_never_repeats() -> None:
    tokens = [encrypt(RING, KEY, HERE, b"Zebulon Quince" * 4) for _ in range(50)]
    assert len(set(tokens)) == 50
    assert not any(b"Zebulon" in token for token in tokens)
    assert {data_key_id(token) for token in tokens} == {KEY.id}


def test_every_single_flipped_bit_of_a_token_is_refused() -> None:
    for bit in range(len(TOKEN) * 8):
        refused(token=flipped(TOKEN, bit))


def test_every_single_flipped_bit_of_a_wrapped_key_or_its_salt_is_refused() -> None:
    for bit in range(len(KEY.wrapped) * 8):
        refused(key=replace(KEY, wrapped=flipped(KEY.wrapped, bit)))
    for bit in range(len(KEY.salt) * 8):
        refused(key=replace(KEY, salt=flipped(KEY.salt, bit)))


@given(st.data())
def test_a_cut_or_lengthened_token_is_refused(data: st.DataObject) -> None:
    refused(token=TOKEN[: data.draw(st.integers(0, len(TOKEN) - 1))])
    refused(token=TOKEN + data.draw(st.binary(min_size=1)))
    refused(token=data.draw(st.binary().filter(lambda token: token != TOKEN)))
    refused(key=replace(KEY, wrapped=KEY.wrapped[: data.draw(st.integers(0, len(KEY.wrapped) - 1))]))


PLACES = st.builds(Where, st.text(), st.text(), st.text(), st.integers())


@given(PLACES, PLACES)
def test_a_token_moved_to_any_other_place_is_refused(place: Where, other: Where) -> None:
    token = encrypt(RING, KEY, place, PLAIN)
    if place != other:
        refused(token=token, where=other)
    refused(token=token, where=replace(place, version=place.version + 1))
    refused(token=token, where=replace(place, row=place.row + "0"))
    if place.row != place.column:
        refused(token=token, where=Where(place.table, place.column, place.row, place.version))


def test_the_border_between_two_names_counts() -> None:
    token = encrypt(RING, KEY, Where("patient", "12", "3"), PLAIN)
    refused(token=token, where=Where("patient", "1", "23"))
    refused(token=token, where=Where("patient1", "2", "3"))


PARTS = st.lists(st.text() | st.binary(), max_size=4)


@given(st.text(), PARTS, st.text(), PARTS)
def test_different_lists_are_never_bound_alike(
    purpose: str, parts: list[str | bytes], other_purpose: str, other_parts: list[str | bytes]
) -> None:
    def raw(values: list[str | bytes]) -> list[bytes]:
        return [value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value for value in values]

    same = (purpose, raw(parts)) == (other_purpose, raw(other_parts))
    assert (bind(purpose, *parts) == bind(other_purpose, *other_parts)) is same


def test_another_data_key_opens_nothing_even_under_the_same_id() -> None:
    other = new_data_key(RING)
    refused(key=other)
    refused(key=replace(other, id=KEY.id))
    refused(key=replace(KEY, id=other.id))
    # A token relabelled for a key that does unwrap does not open with it either.
    relabelled = TOKEN[:1] + encrypt(RING, other, HERE, b"")[1:17] + TOKEN[17:]
    assert data_key_id(relabelled) == other.id
    refused(token=relabelled, key=other)


def test_keys_of_another_installation_open_nothing() -> None:
    stranger = fresh_keyring()
    refused(ring=stranger)
    same_name = replace(
        stranger, key_encryption_keys={KEY.kek_id: stranger.key_encryption_keys[stranger.current_kek_id]}
    )
    refused(ring=same_name)
    with pytest.raises(CannotDecrypt):
        encrypt(stranger, KEY, HERE, PLAIN)


def test_a_wrapped_key_names_its_key_encryption_key_truly() -> None:
    grown = with_new_current_key(RING)
    refused(ring=grown, key=replace(KEY, kek_id=grown.current_kek_id))
    # Even if two names stood for one key, the name is bound.
    alias = replace(RING, key_encryption_keys={"alias": RING.key_encryption_keys[RING.current_kek_id]})
    refused(ring=alias, key=replace(KEY, kek_id="alias"))


def test_wrapped_anew_the_same_data_key_opens_the_old_tokens() -> None:
    grown = with_new_current_key(RING)
    assert decrypt(grown, KEY, HERE, TOKEN) == PLAIN
    moved = rewrap(grown, KEY)
    assert (moved.id, moved.salt, moved.kek_id) == (KEY.id, KEY.salt, grown.current_kek_id)
    assert moved.wrapped != KEY.wrapped
    without_old = replace(grown, key_encryption_keys={moved.kek_id: grown.key_encryption_keys[moved.kek_id]})
    assert decrypt(without_old, moved, HERE, TOKEN) == PLAIN
    with pytest.raises(CannotDecrypt):
        rewrap(without_old, KEY)


def test_data_keys_and_salts_are_fresh() -> None:
    keys = [new_data_key(RING) for _ in range(100)]
    for values in ({key.id for key in keys}, {key.wrapped for key in keys}, {key.salt for key in keys}):
        assert len(values) == 100
    assert all(len(key.id) == 26 and len(key.salt) == 32 and key.kek_id == RING.current_kek_id for key in keys)
    assert KEY.salt.hex() not in repr(KEY)
    assert repr(KEY.salt) not in repr(KEY)


def test_a_large_document_goes_through_whole() -> None:
    large = hashlib.shake_256(b"seed").digest(20_000_000)
    token = encrypt(RING, KEY, HERE, large)
    assert len(token) == len(large) + 45
    assert decrypt(RING, KEY, HERE, token) == large
