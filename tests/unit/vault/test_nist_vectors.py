"""The published vectors pass through our own wrappers: what goes in is ours, what comes out is NIST's and the RFCs'.

Nothing in the vault takes a nonce or a binding from outside; the tests put the vector's in their place. HKDF and AES
key wrap (SP 800-38F) are not among these because nothing here uses them: data keys are wrapped by AES-256-GCM.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.vault import commitments, decrypt, envelope, fingerprints, key_export, wrapping
from consent.vault.envelope import CannotDecrypt, Where, encrypt
from consent.vault.keyring import fresh_keyring, public_key_id

VECTORS = Path(str(cryptography_vectors.__file__)).parent
GCM = VECTORS / "ciphers" / "AES" / "GCM"
HERE = Where("patient", "k3v7", "name")
KEY_ID = "a" * 25 + "e"


@dataclass(frozen=True)
class Gcm:
    """One case of NIST's GCM validation suite (CAVS 14.0); `plain` is None where the tag must be refused."""

    key: bytes
    nonce: bytes
    bound: bytes
    ciphertext: bytes
    plain: bytes | None


def cases(path: Path) -> Iterator[dict[str, str]]:
    """Every block of a response file with the headings that hold for it."""
    headings: dict[str, str] = {}
    block: dict[str, str] = {}
    for line in [*path.read_text().splitlines(), ""]:
        name, _, value = line.strip("[]").partition("=")
        if line.startswith("["):
            headings[name.strip()] = value.strip()
        elif not line and len(block) > 1:
            yield {**headings, **block}
            block = {}
        elif line == "FAIL":
            block["FAIL"] = "yes"
        elif line and not line.startswith("#"):
            block[name.strip()] = value.strip()


def gcm(name: str) -> list[Gcm]:
    """The cases with our sizes: a key of 256 bits, a nonce of 96, a tag of 128."""
    return [
        Gcm(
            *(bytes.fromhex(case[each]) for each in ("Key", "IV", "AAD")),
            bytes.fromhex(case["CT"] + case["Tag"]),
            None if "FAIL" in case else bytes.fromhex(case["PT"]),
        )
        for case in cases(GCM / name)
        if (case["Keylen"], case["IVlen"], case["Taglen"]) == ("256", "96", "128")
    ]


ENCRYPTING = gcm("gcmEncryptExtIV256.rsp")
DECRYPTING = gcm("gcmDecrypt256.rsp")


def test_there_are_as_many_as_nist_published() -> None:
    assert len(ENCRYPTING) == len(DECRYPTING) == 375
    assert len([case for case in DECRYPTING if case.plain is None]) > 150
    assert len([case for case in ENCRYPTING if case.plain and case.bound]) > 200


def bind_as(monkeypatch: pytest.MonkeyPatch, case: Gcm) -> None:
    """Let the wrappers bind what the case binds, and draw its nonce."""
    for module in (envelope, decrypt):
        monkeypatch.setattr(module, "token_binding", lambda _header, _where: case.bound)
    monkeypatch.setattr(wrapping, "_wrap_binding", lambda _key_id, _kek_id, _salt: case.bound)
    for module in (envelope, wrapping):
        monkeypatch.setattr(module.secrets, "token_bytes", lambda size: case.nonce[:size])


def test_tokens_are_nists(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = fresh_keyring()
    for case in ENCRYPTING:
        with monkeypatch.context() as patched:
            bind_as(patched, case)
            # The data key of the case is wrapped as ours are, by our own key-encryption key.
            wrapped = wrapping._wrap(ring, KEY_ID, bytes(32), case.key)
            token = encrypt(ring, wrapped, HERE, case.plain or b"")
            assert token[envelope.HEADER_BYTES :] == case.nonce + case.ciphertext
            assert decrypt.decrypt(ring, wrapped, HERE, token) == case.plain


def test_tokens_open_or_are_refused_as_nist_says(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = fresh_keyring()
    header = envelope.FORMAT + envelope._id_bytes(KEY_ID)
    for case in DECRYPTING:
        with monkeypatch.context() as patched:
            bind_as(patched, case)
            wrapped = wrapping._wrap(ring, KEY_ID, bytes(32), case.key)
            token = header + case.nonce + case.ciphertext
            if case.plain is None:
                with pytest.raises(CannotDecrypt):
                    decrypt.decrypt(ring, wrapped, HERE, token)
            else:
                assert decrypt.decrypt(ring, wrapped, HERE, token) == case.plain


def test_wrapped_keys_are_nists(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = fresh_keyring()
    for case in ENCRYPTING:
        with monkeypatch.context() as patched:
            bind_as(patched, case)
            by = replace(ring, key_encryption_keys={ring.current_kek_id: case.key})
            wrapped = wrapping._wrap(by, KEY_ID, bytes(32), case.plain or b"")
            assert wrapped.wrapped == case.nonce + case.ciphertext
            assert wrapping._unwrap(by, wrapped) == case.plain


def test_wrapped_keys_open_or_are_refused_as_nist_says(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = fresh_keyring()
    for case in DECRYPTING:
        with monkeypatch.context() as patched:
            bind_as(patched, case)
            by = replace(ring, key_encryption_keys={ring.current_kek_id: case.key})
            wrapped = wrapping.WrappedKey(KEY_ID, ring.current_kek_id, case.nonce + case.ciphertext, bytes(32))
            if case.plain is None:
                with pytest.raises(CannotDecrypt):
                    wrapping._unwrap(by, wrapped)
            else:
                assert wrapping._unwrap(by, wrapped) == case.plain


def test_fingerprints_commitments_and_counters_are_rfc_4231s(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [case for case in cases(VECTORS / "HMAC" / "rfc-4231-sha256.txt") if "MD" in case]
    assert len(found) >= 6
    for case in found:
        key, message = bytes.fromhex(case["Key"]), bytes.fromhex(case["Msg"])
        with monkeypatch.context() as patched:
            for module in (fingerprints, commitments):
                patched.setattr(module, "bind", lambda *_, message=message: message)
            patched.setattr(commitments, "SALT_BYTES", len(key))
            assert fingerprints._search(key, "record-number", "x") == case["MD"]
            assert commitments.commit(key, "x") == case["MD"]
            ring = replace(fresh_keyring(), fingerprint_key=key)
            assert fingerprints._fingerprint(ring, "x", "x").partition(":")[2] == case["MD"]


def test_the_exports_passphrase_is_stretched_as_rfc_9106_says(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    for case in cases(VECTORS / "KDF" / "argon2id.txt"):
        if case.get("secret") or case.get("ad") or not case.get("pass") or int(case["length"]) != key_export.KEY_BYTES:
            continue
        passphrase = bytes.fromhex(case["pass"])
        if not passphrase.isascii():
            continue
        for name, ours in (("memcost", "MEMORY_KIB"), ("iter", "PASSES"), ("lanes", "LANES")):
            monkeypatch.setattr(key_export, ours, int(case[name]))
        assert key_export._key(passphrase.decode("ascii"), bytes.fromhex(case["salt"])).hex() == case["output"]
        tried += 1
    assert tried >= 1


def test_the_custody_key_signs_as_ed25519_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commitments, "_manifest", lambda manifest: manifest)
    lines = (VECTORS / "asymmetric" / "Ed25519" / "sign.input").read_text().splitlines()
    assert len(lines) == 1024
    for line in lines[::8]:
        secret, _, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        key = Ed25519PrivateKey.from_private_bytes(secret[:32])
        ring = replace(fresh_keyring(), custody_key=key, custody_key_id=public_key_id(key.public_key()))
        made = commitments.sign_manifest(ring, message)
        assert made.value == signed[:64]
        assert commitments.verify_manifest(ring.custody_public_key, message, made)
        other = replace(made, value=bytes([made.value[0] ^ 1]) + made.value[1:])
        assert not commitments.verify_manifest(ring.custody_public_key, message, other)
