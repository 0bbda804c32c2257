"""A hardware module signs and wraps: what is in it never comes out, and what is wrong with it is one line."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11 import Attribute, ObjectClass

from consent.vault.decrypt import decrypt
from consent.vault.envelope import CannotDecrypt, Where, encrypt, new_data_key, rewrap
from consent.vault.hardware import HardwareKey, HardwareModule
from consent.vault.keyring import Keyring
from consent.vault.keys import KeyFolder, KeysMissing, KeysUnsafe, KeyTrouble
from consent.vault.trouble import HardwareTrouble
from tests.softhsm import LIBRARY, Token, make_place, make_token

# The library grumbles when a search that could not begin is cleared away.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

PLACE = Where("patient", "row", "name")
NUMBERS = count()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hardware")
    make_place(folder)
    return folder


@pytest.fixture(scope="module")
def held(place: Path) -> Token:
    """One token with a sealing key, for all: making the key takes a second."""
    token = make_token(place, "held")
    token.make_rsa("seal")
    return token


@pytest.fixture
def token(place: Path) -> Token:
    return make_token(place, f"token-{next(NUMBERS)}")


@pytest.fixture
def folder(token: Token, tmp_path: Path) -> Iterator[KeyFolder]:
    made = KeyFolder(tmp_path / "keys", token.module())
    made.make()
    return made


def verifies(module: HardwareModule, signature: bytes, content: bytes) -> bool:
    public = load_der_public_key(module.public_key("seal"))
    assert isinstance(public, RSAPublicKey)
    public.verify(signature, content, PKCS1v15(), SHA256())
    return public.key_size == 3072


def test_the_key_signs_and_cannot_be_read_out(held: Token) -> None:
    module = held.module()
    assert verifies(module, module.sign("seal", b"a form"), b"a form")
    assert verifies(module, module.sign("id:" + b"seal".hex(), b"a form"), b"a form")
    (key,) = held.session().get_objects({Attribute.LABEL: "seal", Attribute.CLASS: ObjectClass.PRIVATE_KEY})
    assert (key[Attribute.EXTRACTABLE], key[Attribute.SENSITIVE]) == (False, True)
    with pytest.raises(pkcs11.AttributeSensitive):
        key[Attribute.PRIVATE_EXPONENT]


def test_a_key_that_could_be_read_out_is_refused(token: Token) -> None:
    token.make_rsa("loose", bits=1024, extractable=True)
    with pytest.raises(HardwareTrouble, match="can be read out"):
        token.module().public_key("loose")
    with pytest.raises(HardwareTrouble, match="can be read out"):
        token.module().sign("loose", b"a form")


def test_many_threads_share_one_session(held: Token) -> None:
    module = held.module()
    made: dict[int, bytes] = {}

    def sign(number: int) -> None:
        for _ in range(5):
            made[number] = module.sign("seal", b"form %d" % number)

    threads = [threading.Thread(target=sign, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert all(verifies(module, made[number], b"form %d" % number) for number in range(8))


def test_a_lost_session_is_opened_again(held: Token) -> None:
    module = held.module()
    module.check()
    pkcs11.lib(str(LIBRARY)).reinitialize()
    assert verifies(module, module.sign("seal", b"after a restart"), b"after a restart")
    # Somebody else of this process closes his session, and with it everybody is logged out.
    with held.session() as other:
        assert other
    session = pkcs11.lib(str(LIBRARY)).get_token(token_label="held").open()
    session.close()
    assert verifies(module, module.sign("seal", b"after a log-out"), b"after a log-out")


def _sign(module: HardwareModule, answers: object) -> None:
    answers.put(module.sign("seal", b"a child"))  # type: ignore[attr-defined]


def test_a_forked_process_opens_its_own_session(held: Token) -> None:
    module = held.module()
    module.check()
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_sign, args=(module, answers))
    child.start()
    assert verifies(module, answers.get(timeout=30), b"a child")
    child.join()
    assert verifies(module, module.sign("seal", b"its parent"), b"its parent")


def test_what_is_wrong_is_one_line(held: Token, tmp_path: Path) -> None:
    pin_file = held.pin_file
    (tmp_path / "no-module.so").write_text("text")
    wrong = {
        "cannot be loaded": HardwareModule(tmp_path / "missing.so", "held", pin_file),
        "cannot be loaded.": HardwareModule(tmp_path / "no-module.so", "held", pin_file),
        "has no token other": HardwareModule(LIBRARY, "other", pin_file),
        "no-pin cannot be read": HardwareModule(LIBRARY, "held", tmp_path / "no-pin"),
    }
    for said, module in wrong.items():
        with pytest.raises(KeyTrouble, match=said) as told:
            module.check()
        assert "\n" not in str(told.value)
    with pytest.raises(HardwareTrouble, match="holds no RSA key another"):
        held.module().public_key("another")


def test_a_wrong_pin_is_told_and_tried_once(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    token.pin_file.write_text("wrong\n")
    module = token.module()
    with pytest.raises(HardwareTrouble, match="does not take the PIN"):
        module.check()
    monkeypatch.setattr(pkcs11, "lib", None)
    with pytest.raises(HardwareTrouble, match="does not take the PIN"):
        module.check()


def test_a_pin_that_others_can_read_is_refused(token: Token) -> None:
    token.pin_file.chmod(0o644)
    with pytest.raises(HardwareTrouble, match="open to others"):
        token.module().check()


def moved(ring: Keyring, to: Keyring) -> None:
    """What was encrypted under one key-encryption key opens after its data key was wrapped by another."""
    key = new_data_key(ring)
    assert key.kek_id == ring.current_kek_id
    sealed = encrypt(ring, key, PLACE, b"Ada")
    anew = rewrap(to, key)
    assert anew.kek_id == to.current_kek_id
    assert decrypt(to, anew, PLACE, sealed) == b"Ada"


def test_data_keys_move_from_file_to_module_and_back(folder: KeyFolder) -> None:
    first = folder.load()
    second = folder.add_key_encryption_key(in_module=True)
    assert isinstance(second.key_encryption_keys[second.current_kek_id], HardwareKey)
    assert folder.is_in_module(second.current_kek_id)
    moved(first, second)
    third = folder.add_key_encryption_key()
    assert not folder.is_in_module(third.current_kek_id)
    moved(second, third)
    # Whoever had loaded the keys before finds the new one.
    assert isinstance(first.key_encryption_keys[second.current_kek_id], HardwareKey)


def test_a_data_key_wrapped_in_the_module_is_bound_to_its_row(folder: KeyFolder) -> None:
    ring = folder.add_key_encryption_key(in_module=True)
    other = folder.add_key_encryption_key(in_module=True)
    key = new_data_key(ring)
    wrong = [
        replace(key, id="a" * 26),
        replace(key, salt=bytes(32)),
        replace(key, kek_id=other.current_kek_id),
        replace(key, kek_id="0" * 16),
        replace(key, wrapped=b""),
        replace(key, wrapped=key.wrapped[:-1]),
        *(
            replace(key, wrapped=key.wrapped[:at] + bytes([key.wrapped[at] ^ bit]) + key.wrapped[at + 1 :])
            for at in range(len(key.wrapped))
            for bit in (1, 128)
        ),
    ]
    for each in wrong:
        with pytest.raises(CannotDecrypt):
            rewrap(other, each)
    assert rewrap(other, key).kek_id == other.current_kek_id


def test_a_key_of_the_module_is_in_no_file(folder: KeyFolder, token: Token) -> None:
    kek_id = folder.add_key_encryption_key(in_module=True).current_kek_id
    marker = folder.path / "keyring" / f"kek-{kek_id}.module"
    assert marker.read_text() == token.label + "\n"
    assert not (folder.path / "keyring" / f"kek-{kek_id}.key").exists()
    (key,) = token.session().get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY})
    assert key[Attribute.ID].hex() == kek_id
    assert (key[Attribute.EXTRACTABLE], key[Attribute.SENSITIVE]) == (False, True)
    with pytest.raises(pkcs11.AttributeSensitive):
        key[Attribute.VALUE]


def test_a_key_whose_module_is_not_named_or_that_is_gone_is_told(folder: KeyFolder, token: Token) -> None:
    kek_id = folder.add_key_encryption_key(in_module=True).current_kek_id
    with pytest.raises(KeysMissing, match=f"{kek_id} is on the token {token.label}.*CONSENT_PKCS11_MODULE"):
        KeyFolder(folder.path).load()
    assert folder.module is not None
    folder.module.destroy_kek(kek_id)
    with pytest.raises(HardwareTrouble, match=f"holds no key-encryption key {kek_id}"):
        folder.load()


def test_without_a_module_no_key_is_made_in_one(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    before = folder.load_or_make().current_kek_id
    with pytest.raises(KeysMissing, match="no hardware module"):
        folder.add_key_encryption_key(in_module=True)
    assert folder.current_kek_id() == before


def test_retiring_a_key_of_the_module_destroys_it_there(folder: KeyFolder, token: Token) -> None:
    kek_id = folder.add_key_encryption_key(in_module=True).current_kek_id
    with pytest.raises(KeysUnsafe, match="current"):
        folder.retire(kek_id)
    folder.add_key_encryption_key()
    folder.retire(kek_id)
    assert not list(token.session().get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}))
    assert kek_id not in folder.load().key_encryption_keys


def test_what_cannot_work_with_the_key_is_not_taken_for_a_wrong_ciphertext(
    folder: KeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = folder.add_key_encryption_key(in_module=True)
    key = new_data_key(ring)
    assert folder.module is not None

    class Broken:
        def __getattr__(self, name: str) -> object:
            raise pkcs11.DeviceRemoved

    monkeypatch.setattr(folder.module, "_kek", lambda session, kek_id: Broken())
    with pytest.raises(HardwareTrouble, match="does not answer: DeviceRemoved"):
        rewrap(ring, key)
