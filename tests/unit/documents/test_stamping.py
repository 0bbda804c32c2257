"""Tokens of a real authority: what is not about this digest, by this authority, in answer to this question, is none."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from consent.documents.certificates import BadSealing
from consent.documents.stamping import LARGEST, BadStamp, CannotStamp, Stamper, check_stamp, load_trust, read_stamp
from tests import authority as tsa
from tests.authority import Authority

DIGEST = hashlib.sha256(b"what was signed").digest()


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with tsa.running(tsa.make(tmp_path / "tsa")) as running:
        yield running


def why(stamper: Stamper, digest: bytes = DIGEST) -> str:
    with pytest.raises(CannotStamp) as caught:
        stamper.stamp(digest)
    return caught.value.code


def bad(token: bytes, authority: Authority, digest: bytes = DIGEST) -> str:
    with pytest.raises(BadStamp) as caught:
        check_stamp(token, digest, (authority.root,))
    return caught.value.code


def test_a_token_tells_when_and_until_when(authority: Authority) -> None:
    token = authority.stamper().stamp(DIGEST)
    stamp = read_stamp(token, DIGEST, load_trust(authority.trust_pem))
    assert abs(stamp.at - tsa.machine_clock()) < timedelta(hours=1)
    assert stamp.ends == authority.ends
    assert check_stamp(token, DIGEST, (authority.root,)) == stamp.at
    assert authority.asked == 1


def test_it_is_about_one_digest_alone(authority: Authority) -> None:
    token = authority.stamper().stamp(DIGEST)
    assert bad(token, authority, hashlib.sha256(b"another").digest()) == "wrong-digest"


def test_every_altered_byte_is_found_out(authority: Authority) -> None:
    """Whatever is changed, it says no; a change that parsers pass over must at least not move the time."""
    token = authority.stamper().stamp(DIGEST)
    at = check_stamp(token, DIGEST, (authority.root,))
    refused = 0
    places = range(0, len(token), 11)
    for place in places:
        altered = token[:place] + bytes([token[place] ^ 0x01]) + token[place + 1 :]
        try:
            assert check_stamp(altered, DIGEST, (authority.root,)) == at
        except BadStamp:
            refused += 1
    assert refused > 0.9 * len(places)


def test_a_stamp_with_bytes_after_it_is_none(authority: Authority) -> None:
    assert bad(authority.stamper().stamp(DIGEST) + b"\0", authority) == "unreadable"
    assert bad(b"", authority) == "unreadable"
    assert bad(b"%PDF-1.7", authority) == "unreadable"


def test_an_authority_of_the_same_name_is_another(authority: Authority, tmp_path: Path) -> None:
    other = tsa.make(tmp_path / "other")
    assert why(authority.stamper(other.root)) == "unknown-authority"
    token = authority.stamper().stamp(DIGEST)
    assert bad(token, other) == "unknown-authority"


def test_a_certificate_for_something_else_stamps_nothing(authority: Authority, tmp_path: Path) -> None:
    """openssl itself refuses to stamp with it, so a good token is signed anew with such a key."""
    wrong = tsa.make(tmp_path / "wrong", usage=ExtendedKeyUsageOID.CODE_SIGNING)
    token = cms.ContentInfo.load(authority.stamper().stamp(DIGEST))
    assert bad(resigned(token, wrong), wrong) == "unknown-authority"


def resigned(token: cms.ContentInfo, wrong: Authority) -> bytes:
    from asn1crypto import x509 as der
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    certificate = der.Certificate.load(
        load_trust((wrong.folder / "tsa.pem").read_bytes())[0].x509.public_bytes(serialization.Encoding.DER)
    )
    key = serialization.load_pem_private_key((wrong.folder / "tsa.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signer = token["content"]["signer_infos"][0]
    kept = [each for each in signer["signed_attrs"] if not each["type"].native.startswith("signing_certificate")]
    attributes = cms.CMSAttributes(kept)
    named = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    signer["sid"] = cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber(named)})
    signer["signed_attrs"] = attributes
    signer["signature"] = key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
    token["content"]["certificates"] = [certificate]
    return bytes(token.dump(force=True))


def test_a_certificate_that_has_ended_since_does_not_undo_it(tmp_path: Path) -> None:
    with tsa.running(tsa.make(tmp_path / "brief", lasts=timedelta(seconds=2))) as brief:
        token = brief.stamper().stamp(DIGEST)
        while tsa.machine_clock() <= brief.ends:
            time.sleep(0.1)
        assert check_stamp(token, DIGEST, (brief.root,)) <= brief.ends
        # What it stamps now is worth nothing, whoever asks; openssl may refuse to.
        with pytest.raises(CannotStamp):
            brief.stamper().stamp(DIGEST)


def test_an_old_answer_is_no_answer_to_a_new_question(authority: Authority) -> None:
    kept: list[bytes] = []

    def replayed(query: bytes) -> bytes:
        kept.append(kept[0] if kept else authority.reply(query))
        return kept[0]

    authority.answer = replayed
    stamper = authority.stamper()
    stamper.stamp(DIGEST)
    assert why(stamper) == "wrong-nonce"


def test_an_answer_about_something_else_is_refused(authority: Authority) -> None:
    def other(query: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(query)
        asked["message_imprint"]["hashed_message"] = hashlib.sha256(b"else").digest()
        return authority.reply(asked.dump(force=True))

    authority.answer = other
    assert why(authority.stamper()) == "wrong-digest"


def test_a_refusal_is_told_as_one(authority: Authority) -> None:
    def of_another_kind(query: bytes) -> bytes:
        """What openssl answers to a question that it does not take."""
        asked = tsp.TimeStampReq.load(query)
        asked["message_imprint"] = {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}
        return authority.reply(asked.dump(force=True))

    authority.answer = of_another_kind
    assert why(authority.stamper()) == "refused"
    authority.status = 503
    assert why(authority.stamper()) == "refused"
    authority.status = 307
    assert why(authority.stamper()) == "refused"


def test_what_is_no_answer_is_not_kept(authority: Authority) -> None:
    authority.answer = lambda _: b"<html>"
    assert why(authority.stamper()) == "unreadable"
    authority.answer = lambda _: b"\0" * (LARGEST + 1)
    assert why(authority.stamper()) == "too-large"
    authority.media_type = "text/html"
    assert why(authority.stamper()) == "bad-answer"


def test_nobody_waits_longer_than_agreed(authority: Authority) -> None:
    waited = threading.Event()
    authority.answer = lambda _: b"late" if waited.wait(60) else b""
    begun = time.monotonic()
    assert why(authority.stamper(seconds=0.2)) in ("took-too-long", "unreachable")
    assert time.monotonic() - begun < 30
    waited.set()


def test_nobody_there(authority: Authority) -> None:
    stamper = Stamper("http://127.0.0.1:9/none", (authority.root,))
    assert why(stamper) == "unreachable"


def test_roots_come_from_a_file_of_certificates(authority: Authority, tmp_path: Path) -> None:
    other = tsa.make(tmp_path / "other")
    assert load_trust(authority.trust_pem + other.trust_pem) == (authority.root, other.root)
    with pytest.raises(BadSealing):
        load_trust(b"nothing")
