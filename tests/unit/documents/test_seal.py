"""The seal: made with our key only while its certificate is valid, and never taken for genuine when it is not."""

from __future__ import annotations

import io
import random
import re
import stat
import subprocess
from datetime import timedelta

import pikepdf
import pytest
from asn1crypto import cms, core
from conftest import seals
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from consent.documents.certificates import (
    BadSealing,
    Certificate,
    Sealing,
    load_certificates,
)
from consent.documents.issuing import make_authority, make_sealing
from consent.documents.sealing import CannotSeal, Sealer
from consent.documents.verifying import SealCheck, check_seal


def gap(pdf: bytes) -> tuple[int, int]:
    numbers = [int(number) for number in re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", pdf).groups()]
    return numbers[1], numbers[2]


def test_a_sealed_file_is_genuine(sealed, house, now):
    assert check_seal(sealed, [house.certificate]) == SealCheck(True, "genuine", house.certificate.fingerprint, now)
    assert house.sealer.fingerprint == house.certificate.fingerprint


def test_the_printed_file_stands_unchanged_at_the_start_of_the_sealed_one(english, sealed):
    assert sealed.startswith(english)


def test_a_file_sealed_before_a_new_certificate_stays_genuine(sealed, house, now):
    key, certificate = make_sealing(
        house.authority.root_key, house.authority.root_certificate, "Mercy Valley Hospital", False, now
    )
    newer = Sealing.from_pem(key, certificate, house.authority.root_certificate).certificate
    assert check_seal(sealed, [newer, house.certificate]).genuine
    assert not check_seal(sealed, [newer]).genuine


def test_an_unsealed_file_is_not_genuine(english, house):
    assert check_seal(english, [house.certificate]) == SealCheck(False, "not-sealed")


def test_a_look_alike_certificate_is_not_ours(english, house, look_alike, now):
    assert look_alike.certificate.x509.subject == house.certificate.x509.subject
    theirs = look_alike.sealer.seal(english, "Sealed by Mercy Valley Hospital", now)
    assert check_seal(theirs, [house.certificate]).reason_code == "not-our-certificate"


def test_a_demo_seal_is_not_genuine_in_a_real_house(english, house, demo_house, now):
    demo = demo_house.sealer.seal(english, "DEMO", now)
    assert demo_house.certificate.is_demo
    assert not house.certificate.is_demo
    assert check_seal(demo, [house.certificate]).reason_code == "demo"
    assert check_seal(demo, [house.certificate, demo_house.certificate]).reason_code == "demo"
    assert check_seal(demo, [demo_house.certificate], demo_allowed=True).genuine


@pytest.mark.parametrize("tail", [b"\n", b"\x00", b"%", b"\n%%EOF\n", b" " * 100])
def test_bytes_after_the_file_are_noticed(sealed, house, tail):
    assert check_seal(sealed + tail, [house.certificate]).reason_code == "not-whole-file"


@pytest.mark.parametrize("cut", [1, 2, 100, 5000])
def test_a_shortened_file_is_noticed(sealed, house, cut):
    assert not check_seal(sealed[:-cut], [house.certificate]).genuine


def test_no_flipped_bit_goes_unnoticed(sealed, house):
    start, end = gap(sealed)
    chance = random.Random(22)
    places = [chance.randrange(len(sealed)) for _ in range(300)] + [chance.randrange(start, end) for _ in range(300)]
    # All of the signature message's outer bytes, and the last of the padding.
    places += [*range(start, start + 140), *range(end - 5, end)]
    for place in places:
        changed = bytearray(sealed)
        changed[place] ^= 1 << chance.randrange(8)
        assert not check_seal(bytes(changed), [house.certificate]).genuine, place


def with_message(sealed: bytes, message: cms.ContentInfo) -> bytes:
    start, end = gap(sealed)
    filled = message.dump(force=True).hex().upper().encode().ljust(end - start - 2, b"0")
    return sealed[: start + 1] + filled + sealed[end - 1 :]


def message_of(sealed: bytes) -> cms.ContentInfo:
    start, end = gap(sealed)
    return cms.ContentInfo.load(bytes.fromhex(sealed[start + 1 : end - 1].decode()))


def test_nothing_can_be_added_where_the_signature_does_not_reach(sealed, house):
    untouched = with_message(sealed, message_of(sealed))
    assert untouched == sealed
    noted = message_of(sealed)
    note = cms.CMSAttribute({"type": "1.2.3.4", "values": [core.OctetString(b"hello")]})
    noted["content"]["signer_infos"][0]["unsigned_attrs"] = [note]
    assert check_seal(with_message(sealed, noted), [house.certificate]).reason_code == "not-our-form"
    crowded = message_of(sealed)
    root = cms.CertificateChoices.load(
        Certificate.load(house.authority.root_certificate).x509.public_bytes(serialization.Encoding.DER)
    )
    crowded["content"]["certificates"].append(root)
    assert check_seal(with_message(sealed, crowded), [house.certificate]).reason_code == "not-our-form"


def test_a_seal_cannot_be_moved_to_another_file(sealed, english, house, look_alike, now):
    other = look_alike.sealer.seal(english, "Sealed by Mercy Valley Hospital", now)
    assert check_seal(with_message(other, message_of(sealed)), [house.certificate]).reason_code == "altered"


class _Unasked(PdfSigner):
    def _enforce_certification_constraints(self, reader):
        """A forger does not ask whether changes are allowed."""


def test_a_second_signature_is_noticed(sealed, house, look_alike, now):
    for second in (look_alike, house):
        details = PdfSignatureMetadata(field_name="Second", md_algorithm="sha256")
        signer = _Unasked(details, second.sealer._signer, new_field_spec=SigFieldSpec("Second"))
        out = io.BytesIO()
        signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(sealed)), bytes_reserved=8192, output=out)
        assert check_seal(out.getvalue(), [house.certificate]).reason_code == "several-signatures"
    with pytest.raises(CannotSeal, match="bad-document"):
        house.sealer.seal(sealed, "again", now)


def test_a_signature_by_our_key_that_does_not_certify_is_not_a_seal(english, house):
    details = PdfSignatureMetadata(field_name="OrganisationSeal", md_algorithm="sha256")
    out = io.BytesIO()
    PdfSigner(details, house.sealer._signer).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(english)), bytes_reserved=8192, output=out
    )
    assert not check_seal(out.getvalue(), [house.certificate]).genuine


def test_a_later_revision_is_noticed(sealed, house):
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root[pdf_name("/Lang")] = pdf_string("es")
    writer.update_root()
    writer.write(out)
    assert check_seal(out.getvalue(), [house.certificate]).reason_code == "not-whole-file"


def test_an_added_page_is_noticed(sealed, house):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    assert not check_seal(out.getvalue(), [house.certificate]).genuine


@given(st.binary(max_size=2000))
def test_garbage_is_not_genuine_and_raises_nothing(garbage):
    assert not check_seal(garbage, []).genuine
    assert not check_seal(b"%PDF-1.7 " + garbage, []).genuine
    wrapped = b"%PDF-1.7 /ByteRange [0 40 0 0]<" + garbage.hex().upper().encode() + b">"
    assert not check_seal(wrapped, []).genuine


def test_garbage_inside_a_real_shell_raises_nothing(sealed, house):
    chance = random.Random(7)
    start, end = gap(sealed)
    for _ in range(100):
        length = chance.randrange(1, 900)
        junk = chance.randbytes(length).hex().upper().encode()
        place = chance.randrange(start + 1, end - 1 - len(junk))
        changed = sealed[:place] + junk + sealed[place + len(junk) :]
        assert not check_seal(changed, [house.certificate]).genuine


def test_an_expired_or_early_certificate_does_not_seal(english, house):
    with pytest.raises(CannotSeal) as early:
        house.sealer.seal(english, "x", house.certificate.valid_from - timedelta(seconds=1))
    assert early.value.code == "not-yet-valid"
    with pytest.raises(CannotSeal) as late:
        house.sealer.seal(english, "x", house.certificate.valid_until + timedelta(seconds=1))
    assert late.value.code == "expired"


def test_what_is_no_pdf_is_not_sealed(house, now):
    for nothing in (b"", b"hello", b"%PDF-1.7\n"):
        with pytest.raises(CannotSeal, match="bad-document"):
            house.sealer.seal(nothing, "x", now)


def test_sealing_and_checking_open_no_connection(english, house, now, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was tried"))
    assert check_seal(house.sealer.seal(english, "x", now), [house.certificate]).genuine


def test_another_program_finds_the_seal_valid(sealed, tmp_path):
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed)
    said = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_certificates_come_from_files_and_know_their_end(house, tmp_path, now):
    names = ("sealing_key", "sealing_certificate", "root_certificate")
    files = [tmp_path / name for name in names]
    for file, name in zip(files, names, strict=True):
        file.write_bytes(getattr(house.authority, name))
        file.chmod(stat.S_IRUSR)
    assert Sealing.load(*files).certificate == house.certificate
    assert load_certificates(files[1:2]) == (house.certificate,)
    assert not house.certificate.expires_within(timedelta(days=365), now)
    assert house.certificate.expires_within(timedelta(days=6 * 365), now)
    assert "PRIVATE" not in repr(Sealing.load(*files))


def test_keys_and_certificates_that_do_not_belong_together_are_refused(house, look_alike):
    ours, theirs = house.authority, look_alike.authority
    with pytest.raises(BadSealing, match="belong"):
        Sealing.from_pem(theirs.sealing_key, ours.sealing_certificate, ours.root_certificate)
    with pytest.raises(BadSealing, match="root"):
        Sealing.from_pem(ours.sealing_key, ours.sealing_certificate, theirs.root_certificate)
    with pytest.raises(BadSealing, match="3072"):
        Sealing.from_pem(weak_key(), ours.sealing_certificate, ours.root_certificate)
    with pytest.raises(BadSealing):
        Sealing.from_pem(b"no key", ours.sealing_certificate, ours.root_certificate)
    with pytest.raises(BadSealing):
        Certificate.load(b"no certificate")


def weak_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("name", ["Ñ" * 200, "王" * 70, "A", 'St. Mary\'s & Sons, Inc. "DEMO"'])
def test_any_organisation_name_makes_an_authority(name, now):
    assert make_authority(name, True, now).sealing_certificate.startswith(b"-----BEGIN CERTIFICATE-----")


def test_two_houses_never_share_a_key():
    assert seals().certificate.fingerprint != seals().certificate.fingerprint


def test_a_sealer_shows_no_key(house):
    assert isinstance(house.sealer, Sealer)
    assert "PRIVATE" not in repr(vars(house.sealer))
