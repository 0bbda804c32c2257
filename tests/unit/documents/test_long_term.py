"""What a validator without a network makes of a sealed and stamped form: PAdES B-LT and B-LTA, by pyHanko's own rules.

pyHanko does not take a document time-stamp for the first proof of the seal's time, as ETSI EN 319 142-1 (6.3) does: it
says "No signature timestamp present" and stops. That one step is stood in for here; the rest is its own.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from asn1crypto import core, crl, ocsp
from asn1crypto import x509 as der
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import ades, dss
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from consent.documents.certificates import Certificate, Sealing
from consent.documents.good_standing import ask_issuers
from consent.documents.sealing import Sealer
from consent.documents.stamped import Material, add_stamp
from consent.documents.verifying import Versions, check_seal
from tests import authority as tsa
from tests import responder as answering
from tests.authority import machine_clock
from tests.hospital_ca import key_pem, make_ca, pem_of, rsa_key
from tests.responder import helper, revocation_list

DAY = timedelta(days=1)
NOW = machine_clock()


@dataclass(frozen=True)
class Kept:
    """A sealed form, its versions, and who vouched for it."""

    sealed: bytes
    once: bytes
    wordless: bytes
    ours: Certificate
    authority: tsa.Authority
    material: Material

    @property
    def roots(self) -> list[der.Certificate]:
        return [der.Certificate.load(each) for each in (self.ours.ders[-1], *self.authority.root.ders)]

    def lists_of(self, at: datetime) -> list[bytes]:
        """What the authority's issuer would say on a later day, when the stamp itself is judged."""
        key: Any = serialization.load_pem_private_key((self.authority.folder / "root.key").read_bytes(), None)
        return [revocation_list(self.authority.root.x509, key, at)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, english: bytes) -> Iterator[Kept]:
    with answering.running(tmp_path_factory.mktemp("ca")) as responder:
        ca = make_ca(begins=NOW - 365 * DAY, places=responder.places("root"))
        leaf = ca.seal_certificate(rsa_key().public_key(), begins=NOW - DAY, places=responder.places("issuer"))
        made = tsa.make(tmp_path_factory.mktemp("tsa"), places=responder.places("time"))
        stamps_with = x509.load_pem_x509_certificate((made.folder / "tsa.pem").read_bytes())
        key: Any = serialization.load_pem_private_key((made.folder / "root.key").read_bytes(), None)
        for name, issuer, by, about in (
            ("root", ca.root, ca.root_key, ca.issuer),
            ("issuer", ca.issuer, ca.key, leaf),
            ("time", made.root.x509, key, stamps_with),
        ):
            responder.speak_for(name, issuer, by, about, signer=helper(issuer, by, NOW))
        sealing = Sealing.from_pem(key_pem(rsa_key()), pem_of(leaf, *ca.chain))
        sealed = Sealer(sealing).seal(english, "Sealed by Mercy Valley", machine_clock())
        with tsa.running(made) as authority:
            chains = (
                sealing.certificate.ders,
                tuple(each.public_bytes(Encoding.DER) for each in (stamps_with, made.root.x509)),
            )
            said = [ask_issuers(each, machine_clock()) for each in chains]
            material = Material(chains[0] + chains[1], (), said[0].answers + said[1].answers)
            once = add_stamp(sealed, authority.stamper(), 1, material)
            wordless = add_stamp(sealed, authority.stamper(), 1)
            yield Kept(sealed, once, wordless, sealing.certificate, authority, material)


@pytest.fixture(autouse=True)
def document_stamps_count(monkeypatch: pytest.MonkeyPatch) -> None:
    original = ades.ades_with_time_validation

    async def with_time(*asked: Any, **how: Any) -> Any:
        found = await original(*asked, **how)
        if found.failure_msg != "No signature timestamp present":
            return found
        trouble = found.api_status.trust_problem_indic
        return replace(found, ades_subindic=trouble or AdESPassed.OK, failure_msg=None)

    monkeypatch.setattr(ades, "ades_with_time_validation", with_time)


def judged(kept: Kept, pdf: bytes, at: datetime, lists: Sequence[bytes] = ()) -> Any:
    """Judge the seal on that day with what lies in the file, asking nobody and insisting on revocation data."""
    known = [CRLContainer(crl.CertificateList.load(each)) for each in lists]
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=kept.roots),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("require")),
    )
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
            local_knowledge=LocalKnowledge(known_crls=known),
        )
    )
    timing = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)
    seal = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    return asyncio.run(ades.ades_lta_validation(seal, spec, timing_info=timing))


def test_on_the_day_itself_the_file_alone_is_enough(kept: Kept) -> None:
    found = judged(kept, kept.once, machine_clock())
    assert found.ades_subindic is AdESPassed.OK
    assert found.oldest_evidence_record_timestamp is not None
    assert judged(kept, kept.wordless, machine_clock()).ades_subindic is not AdESPassed.OK


def test_after_the_sealing_certificate_has_ended_the_stamp_proves_when_it_was_good(kept: Kept) -> None:
    """PAdES B-LTA: asked anew is the authority alone."""
    later = machine_clock() + 400 * DAY
    assert kept.ours.valid_until < later
    found = judged(kept, kept.once, later, kept.lists_of(later - DAY))
    assert found.ades_subindic is AdESPassed.OK, found.failure_msg
    assert judged(kept, kept.wordless, later, kept.lists_of(later - DAY)).ades_subindic is not AdESPassed.OK


def test_the_form_is_genuine_with_what_its_issuers_said(kept: Kept) -> None:
    versions = Versions((len(kept.sealed),), (kept.authority.root,))
    assert len(check_seal(kept.once, [kept.ours], versions=versions).stamps) == 1
    again = add_stamp(kept.once, kept.authority.stamper(), 2, kept.material)
    versions = Versions((len(kept.sealed), len(kept.once)), (kept.authority.root,))
    assert len(check_seal(again, [kept.ours], versions=versions).stamps) == 2
    assert len(again) - len(kept.once) < 28_000, "what is there already is not put there again"


def _answer(content: bytes, kind: str = "1.3.6.1.5.5.7.48.1.1") -> bytes:
    """What bears the form of an OCSP response, with any content. Source: RFC 6960, 4.2.1."""
    held = _sequence(0x30, core.ObjectIdentifier(kind).dump(), core.OctetString(content).dump())
    return _sequence(0x30, b"\x0a\x01\x00", _sequence(0xA0, held))


def _sequence(tag: int, *parts: bytes) -> bytes:
    whole = b"".join(parts)
    return bytes([tag, 0x82, *len(whole).to_bytes(2, "big")]) + whole


@pytest.mark.parametrize(
    "hidden",
    [b"0\x03\n\x01\x03", _answer(b"for later"), _answer(b"\x04\x09for later", "1.2.3.4")],
    ids=["no answer", "no basic answer", "of another kind"],
)
def test_nothing_else_goes_in_the_place_of_an_answer(
    kept: Kept, hidden: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stamped by the right authority, and still no form of ours."""
    monkeypatch.setattr(dss, "enumerate_ocsp_certs", lambda _: ())
    forged = add_stamp(kept.sealed, kept.authority.stamper(), 1, Material((), (), (hidden,)))
    assert hidden in forged
    versions = Versions((len(kept.sealed),), (kept.authority.root,))
    assert not check_seal(forged, [kept.ours], versions=versions).genuine


def test_an_answer_with_more_behind_it_is_none(kept: Kept) -> None:
    whole = ocsp.OCSPResponse.load(kept.material.answers[0])["response_bytes"]["response"].contents
    forged = add_stamp(kept.sealed, kept.authority.stamper(), 1, Material((), (), (_answer(whole + b"for later"),)))
    versions = Versions((len(kept.sealed),), (kept.authority.root,))
    assert not check_seal(forged, [kept.ours], versions=versions).genuine
