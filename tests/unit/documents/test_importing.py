"""The hospital's own certificate is looked at before it is taken; each refusal says what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from consent.documents.certificates import BadSealing, Sealing, public_der
from consent.documents.importing import chain_from, check_fit, read_material
from tests.hospital_ca import NOW, Ca, key_pem, make_ca, pem_of, pkcs12_of, rsa_key


@pytest.fixture(scope="module")
def ca() -> Ca:
    return make_ca()


def test_each_form_of_file_gives_the_same(ca: Ca) -> None:
    key = rsa_key()
    leaf = ca.seal_certificate(key.public_key())
    shuffled = pem_of(ca.root, leaf, ca.issuer)
    ways: list[tuple[bytes, bytes, str | None]] = [
        (key_pem(key) + shuffled, b"", None),
        (shuffled + key_pem(key, b"a passphrase"), b"", "a passphrase"),
        (pem_of(leaf), key_pem(key) + pem_of(ca.root, ca.issuer), None),
        (pkcs12_of(key, leaf, ca.chain, "a passphrase"), b"", "a passphrase"),
        (pkcs12_of(key, leaf, (), "a passphrase"), pem_of(*ca.chain), "a passphrase"),
    ]
    for content, more, passphrase in ways:
        found = read_material(content, more, passphrase, None)
        assert found.certificate.x509 == leaf
        assert found.certificate.chain == ca.chain
        check_fit(found.certificate, NOW)
        assert found.key is not None
        assert Sealing.from_pem(found.key, found.certificate.pem.encode()).certificate.fingerprint
        assert "PRIVATE" not in repr(found)


def test_for_a_key_in_a_module_no_key_is_taken(ca: Ca) -> None:
    public = public_der(rsa_key().public_key())
    leaf = ca.seal_certificate(rsa_key().public_key())
    found = read_material(pem_of(leaf, *ca.chain), b"", None, public)
    assert (found.key, found.certificate.x509) == (None, leaf)
    with pytest.raises(BadSealing, match="hardware module"):
        read_material(key_pem(rsa_key()) + pem_of(leaf, *ca.chain), b"", None, public)
    with pytest.raises(BadSealing, match="belongs to the key"):
        read_material(pem_of(leaf, *ca.chain), b"", None, public_der(rsa_key(number=1).public_key()))


def test_the_certificate_for_a_key_is_found_among_those_of_a_token(ca: Ca) -> None:
    leaf, other = ca.seal_certificate(rsa_key().public_key()), ca.seal_certificate(rsa_key(number=1).public_key())
    on_token = [each.public_bytes(Encoding.DER) for each in (other, ca.root, leaf, ca.issuer)]
    public = public_der(rsa_key().public_key())
    assert chain_from(public, on_token) == pem_of(leaf, *ca.chain)
    assert chain_from(public, on_token[:2]) is None


def test_files_that_are_not_what_is_needed(ca: Ca) -> None:
    key = rsa_key()
    leaf = ca.seal_certificate(key.public_key())
    small = rsa_key(2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    curve_pem = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    wrong: dict[str, tuple[bytes, str | None]] = {
        "no PKCS #12": (b"text", None),
        "or the passphrase": (pkcs12_of(key, leaf, ca.chain, "a passphrase"), "another"),
        "passphrase is not": (key_pem(key, b"a passphrase") + pem_of(leaf, *ca.chain), None),
        "no private key": (pem_of(leaf, *ca.chain), None),
        "no readable certificate": (key_pem(key), None),
        "belongs to the key": (key_pem(rsa_key(number=1)) + pem_of(leaf, *ca.chain), None),
        "must be RSA": (curve_pem + pem_of(leaf, *ca.chain), None),
        "not complete": (key_pem(key) + pem_of(leaf, ca.root), None),
        "not complete: ": (key_pem(key) + pem_of(leaf, *make_ca().chain), None),
    }
    for said, (content, passphrase) in wrong.items():
        with pytest.raises(BadSealing, match=said):
            read_material(content, b"", passphrase, None)
    weak = read_material(key_pem(small) + pem_of(ca.seal_certificate(small.public_key()), *ca.chain), b"", None, None)
    with pytest.raises(BadSealing, match="3072"):
        check_fit(weak.certificate, NOW)


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ("expired on", {"begins": NOW - timedelta(days=30), "lasts": timedelta(days=29)}),
        ("not valid before", {"begins": NOW + timedelta(hours=1)}),
        ("does not allow signatures", {"signatures": False}),
        ("extended key usage", {"purposes": (ExtendedKeyUsageOID.SERVER_AUTH,)}),
        ("issuer's certificate", {"authority": True}),
        ("demonstration", {"common": "DEMO seal"}),
    ],
)
def test_a_certificate_that_may_not_seal(ca: Ca, said: str, made: dict[str, Any]) -> None:
    leaf = ca.seal_certificate(rsa_key().public_key(), **made)
    found = read_material(key_pem(rsa_key()) + pem_of(leaf, *ca.chain), b"", None, None)
    with pytest.raises(BadSealing, match=said):
        check_fit(found.certificate, NOW)


def test_an_expired_issuer_and_a_forged_one_are_refused(ca: Ca) -> None:
    old = make_ca(begins=NOW - timedelta(days=400), lasts=timedelta(days=399))
    leaf = old.seal_certificate(rsa_key().public_key())
    found = read_material(key_pem(rsa_key()) + pem_of(leaf, *old.chain), b"", None, None)
    with pytest.raises(BadSealing, match="expired on"):
        check_fit(found.certificate, NOW)
    # A sealing certificate that plays the issuer.
    holder = ca.seal_certificate(rsa_key(number=1).public_key(), common="Mercy Valley issuer")
    with pytest.raises(BadSealing, match="not complete"):
        read_material(key_pem(rsa_key()) + pem_of(leaf, holder, ca.root), b"", None, None)
