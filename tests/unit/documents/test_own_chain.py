"""Sealing with the hospital's own certificate: its chain goes along, its issuer may revoke it."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import core, crl
from asn1crypto import x509 as der
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext

from consent.documents.certificates import BadSealing, CannotSeal, Certificate, Sealing, public_der, sealed_in_time
from consent.documents.revoked import RevocationList
from consent.documents.sealing import Sealer
from consent.documents.stamped import Material, add_stamp
from consent.documents.verifying import Versions, check_seal
from tests.authority import Authority
from tests.hospital_ca import NOW, Ca, key_pem, make_ca, pem_of, rsa_key


@pytest.fixture(scope="module")
def ca() -> Ca:
    return make_ca()


@pytest.fixture(scope="module")
def sealing(ca: Ca) -> Sealing:
    leaf = ca.seal_certificate(rsa_key().public_key())
    return Sealing.from_pem(key_pem(rsa_key()), pem_of(leaf, *ca.chain))


@pytest.fixture(scope="module")
def sealed(sealing: Sealing, english: bytes) -> bytes:
    return Sealer(sealing).seal(english, "Sealed by Mercy Valley", NOW)


def test_a_reader_that_trusts_the_root_alone_finds_the_whole_chain(ca: Ca, sealed: bytes) -> None:
    from asn1crypto.x509 import Certificate as Der
    from cryptography.hazmat.primitives.serialization import Encoding

    (seal,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    trust = [Der.load(ca.root.public_bytes(Encoding.DER))]
    found = validate_pdf_signature(seal, ValidationContext(trust_roots=trust, moment=NOW))
    assert (found.intact, found.valid, found.trusted) == (True, True, True)


def test_a_seal_with_its_chain_is_genuine_and_no_other_chain_is(ca: Ca, sealing: Sealing, sealed: bytes) -> None:
    ours = sealing.certificate
    assert check_seal(sealed, [ours]).genuine
    # From the record the chain comes back with the certificate.
    assert check_seal(sealed, [Certificate.load(ours.pem.encode())]).genuine
    leaf_alone = Certificate(ours.x509, ours.fingerprint)
    assert check_seal(sealed, [leaf_alone]).reason_code == "not-our-form"
    other_chain = Certificate(ours.x509, ours.fingerprint, (make_ca().issuer, ca.root))
    assert check_seal(sealed, [other_chain]).reason_code == "not-our-form"


def test_the_key_may_be_elsewhere(ca: Ca, english: bytes) -> None:
    key, asked = rsa_key(), []

    def sign(content: bytes) -> bytes:
        asked.append(content)
        return key.sign(content, padding.PKCS1v15(), hashes.SHA256())

    leaf = ca.seal_certificate(key.public_key())
    sealing = Sealing.of(sign, public_der(key.public_key()), pem_of(leaf, *ca.chain))
    assert check_seal(Sealer(sealing).seal(english, "x", NOW), [sealing.certificate]).genuine
    assert len(asked) == 1


def test_a_longer_key_and_a_long_chain_have_room(ca: Ca, english: bytes) -> None:
    key = rsa_key(4096)
    leaf = ca.seal_certificate(key.public_key(), common="M" * 60)
    sealing = Sealing.from_pem(key_pem(key), pem_of(leaf, *ca.chain))
    assert check_seal(Sealer(sealing).seal(english, "x", NOW), [sealing.certificate]).genuine


def test_what_does_not_belong_together_is_refused(ca: Ca) -> None:
    leaf = ca.seal_certificate(rsa_key().public_key())
    for chain in ((), (ca.issuer,), (ca.root,), (ca.root, ca.issuer), make_ca().chain):
        with pytest.raises(BadSealing, match="chain"):
            Sealing.from_pem(key_pem(rsa_key()), pem_of(leaf, *chain))
    with pytest.raises(BadSealing, match="belong together"):
        Sealing.from_pem(key_pem(rsa_key(number=1)), pem_of(leaf, *ca.chain))


def test_what_the_issuer_lists_as_revoked_seals_no_more(
    ca: Ca, sealing: Sealing, english: bytes, tmp_path: Path
) -> None:
    another = ca.seal_certificate(rsa_key().public_key())
    file = tmp_path / "revoked.pem"
    since = NOW - timedelta(hours=1)
    file.write_bytes(ca.revoked(another, since=since))
    listed = RevocationList(file)
    sealer = Sealer(sealing, listed)
    assert sealer.seal(english, "x", NOW)
    # Put there anew while the server runs.
    file.write_bytes(ca.revoked(another, sealing.certificate.x509, since=since))
    with pytest.raises(CannotSeal, match="revoked"):
        sealer.seal(english, "x", NOW)
    assert listed.since(sealing.certificate) == since
    # What becomes unreadable leaves what was known.
    file.write_bytes(b"")
    with pytest.raises(CannotSeal, match="revoked"):
        sealer.seal(english, "x", NOW)


def test_only_the_issuers_own_list_counts_and_an_old_one_is_told(ca: Ca, sealing: Sealing, tmp_path: Path) -> None:
    file = tmp_path / "revoked.pem"
    look_alike = make_ca()
    file.write_bytes(look_alike.revoked(sealing.certificate.x509, since=NOW))
    assert RevocationList(file).since(sealing.certificate) is None
    assert RevocationList(file).is_stale(sealing.certificate, NOW)
    file.write_bytes(ca.revoked(since=NOW))
    assert not RevocationList(file).is_stale(sealing.certificate, NOW)
    assert RevocationList(file).is_stale(sealing.certificate, NOW + timedelta(days=8))
    file.write_bytes(b"no list")
    with pytest.raises(BadSealing, match="cannot be read"):
        RevocationList(file)


def test_a_seal_counts_until_its_certificate_was_revoked() -> None:
    assert sealed_in_time(NOW, None)
    assert sealed_in_time(NOW - timedelta(seconds=1), NOW)
    assert not sealed_in_time(NOW, NOW)
    assert not sealed_in_time(NOW + timedelta(seconds=1), NOW)


def test_with_a_stamp_goes_what_judges_the_chain_without_a_network(
    ca: Ca, sealing: Sealing, sealed: bytes, stamping: Authority, tmp_path: Path
) -> None:
    """PAdES B-LT: a reader with the root alone, and told to insist on revocation data, finds it in the file."""
    ours = sealing.certificate
    once, twice = stamped_twice(ca, sealing, sealed, stamping, tmp_path)
    versions = Versions((len(sealed), len(once)), (stamping.root,))
    assert len(check_seal(twice, [ours], versions=versions).stamps) == 2
    assert len(once) - len(sealed) < 35_000
    assert len(twice) - len(once) < 30_000, "what is there already is not put there again"

    store = DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(twice)))
    trust = [der.Certificate.load(ca.root.public_bytes(Encoding.DER))]
    settings = {"trust_roots": trust, "moment": NOW, "revocation_mode": "require", "allow_fetching": False}
    seal = PdfFileReader(io.BytesIO(twice)).embedded_regular_signatures[0]
    found = validate_pdf_signature(seal, store.as_validation_context(settings))
    assert (found.intact, found.valid, found.trusted) == (True, True, True)
    assert not validate_pdf_signature(seal, ValidationContext(**settings, crls=[])).trusted


def stamped_twice(ca: Ca, sealing: Sealing, sealed: bytes, stamping: Authority, folder: Path) -> tuple[bytes, bytes]:
    file = folder / "revoked.pem"
    file.write_bytes(ca.revoked(since=NOW, now=NOW - timedelta(hours=1)) + root_list(ca))
    listed = RevocationList(file).about(sealing.certificate)
    assert len(listed) == 2
    held = [each.public_bytes(Encoding.DER) for each in (sealing.certificate.x509, *ca.chain)]
    once = add_stamp(sealed, stamping.stamper(), 1, Material(tuple(held), listed))
    return once, add_stamp(once, stamping.stamper(), 2, Material(tuple(held), listed))


def root_list(ca: Ca) -> bytes:
    """The root's own list, which says that the issuer is not revoked."""
    from dataclasses import replace

    return replace(ca, issuer=ca.root, key=ca.root_key).revoked(since=NOW, now=NOW - timedelta(hours=1))


def test_a_list_by_somebody_else_is_not_about_our_certificate(ca: Ca, sealing: Sealing, tmp_path: Path) -> None:
    file = tmp_path / "revoked.pem"
    file.write_bytes(make_ca().revoked(since=NOW))
    assert RevocationList(file).about(sealing.certificate) == ()


def test_nothing_else_goes_with_a_stamp(
    sealing: Sealing, sealed: bytes, stamping: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object in the place of a list that is none, stamped by the right authority."""
    with monkeypatch.context() as wrong:
        wrong.setattr(crl.CertificateList, "load", core.OctetString)
        forged = add_stamp(sealed, stamping.stamper(), 1, Material((), (b"for later",)))
    versions = Versions((len(sealed),), (stamping.root,))
    assert b"for later" in forged
    assert not check_seal(forged, [sealing.certificate], versions=versions).genuine
