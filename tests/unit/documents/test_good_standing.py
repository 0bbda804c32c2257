"""Asking the issuers of a chain: a real `openssl ocsp`, real lists over HTTP, and all that can be wrong with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from consent.documents import good_standing
from consent.documents.good_standing import LARGEST_ANSWER, LARGEST_LIST, FoundRevoked, Standing, ask_issuers
from tests import responder as answering
from tests.authority import machine_clock
from tests.hospital_ca import Ca, make_ca, rsa_key
from tests.responder import Responder, helper, revocation_list

NOW = machine_clock()
SINCE = NOW - timedelta(hours=3)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """A hospital's authority that answers, and the chain of a certificate by it (DER)."""

    ca: Ca
    leaf: x509.Certificate
    responder: Responder

    @property
    def chain(self) -> tuple[bytes, ...]:
        return tuple(each.public_bytes(Encoding.DER) for each in (self.leaf, *self.ca.chain))

    def ask(self, **how: float) -> Standing:
        return ask_issuers(self.chain, machine_clock(), **how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    with answering.running(tmp_path_factory.mktemp("ca")) as responder:
        ca = make_ca(begins=NOW - 365 * DAY, places=responder.places("root"))
        leaf = ca.seal_certificate(rsa_key().public_key(), begins=NOW - DAY, places=responder.places("issuer"))
        yield Known(ca, leaf, responder)


@pytest.fixture
def known(here: Known) -> Known:
    """All in good health."""
    ca, responder = here.ca, here.responder
    responder.heal()
    responder.speak_for("root", ca.root, ca.root_key, ca.issuer)
    responder.speak_for("issuer", ca.issuer, ca.key, here.leaf)
    responder.lists["root"] = revocation_list(ca.root, ca.root_key, NOW - DAY)
    responder.lists["issuer"] = revocation_list(ca.issuer, ca.key, NOW - DAY)
    return here


def test_answers_come_first_and_each_is_about_one_certificate(known: Known) -> None:
    found = known.ask()
    assert (len(found.answers), found.lists, found.lacking) == (2, (), None)
    assert known.responder.asked == ["/ocsp/root", "/ocsp/issuer"]


def test_a_list_stands_in_for_an_answer(known: Known) -> None:
    known.responder.instead |= {"/ocsp/root": b"", "/ocsp/issuer": b"no answer"}
    found = known.ask()
    assert (found.answers, len(found.lists), found.lacking) == ((), 2, None)


def test_what_is_at_hand_is_not_asked_for(known: Known) -> None:
    at_hand = (known.responder.lists["issuer"],)
    found = ask_issuers(known.chain, machine_clock(), at_hand)
    assert (len(found.answers), found.lists, found.lacking) == (1, at_hand, None)
    assert known.responder.asked == ["/ocsp/root"]


@pytest.mark.parametrize("by_list", [False, True])
@pytest.mark.parametrize("which", ["issuer", "root"])
def test_a_revoked_one_is_told_with_its_time(known: Known, by_list: bool, which: str) -> None:
    ca, responder = known.ca, known.responder
    by, key, about = (ca.issuer, ca.key, known.leaf) if which == "issuer" else (ca.root, ca.root_key, ca.issuer)
    if by_list:
        responder.instead[f"/ocsp/{which}"] = b""
        responder.lists[which] = revocation_list(by, key, NOW - DAY, {about: SINCE})
    else:
        responder.speak_for(which, by, key, revoked={about: SINCE})
    with pytest.raises(FoundRevoked) as found:
        known.ask()
    assert found.value.since == SINCE


def look_alike(known: Known) -> None:
    """Answers and lists by another authority of the same names."""
    other = make_ca(begins=NOW - 365 * DAY)
    known.responder.speak_for("issuer", other.issuer, other.key, known.leaf)
    known.responder.lists["issuer"] = revocation_list(other.issuer, other.key, NOW - DAY)


def wrong_signer(known: Known) -> None:
    """The right issuer named, and another key."""
    key = ec.generate_private_key(ec.SECP256R1())
    known.responder.speak_for("issuer", known.ca.issuer, known.ca.key, known.leaf, signer=(known.ca.issuer, key))
    known.responder.lists["issuer"] = revocation_list(known.ca.issuer, key, NOW - DAY)


def about_another(known: Known) -> None:
    """True answers about a certificate that is not ours, and another issuer's list."""
    good = known.ask().answers[0]
    known.responder.instead["/ocsp/issuer"] = good
    known.responder.lists["issuer"] = known.responder.lists["root"]


def never_issued(known: Known) -> None:
    known.responder.speak_for("issuer", known.ca.issuer, known.ca.key)
    del known.responder.lists["issuer"]


def flipped(known: Known) -> None:
    answer = bytearray(known.ask().answers[1])
    answer[-5] ^= 1
    listed = bytearray(known.responder.lists["issuer"])
    listed[-5] ^= 1
    known.responder.instead |= {"/ocsp/issuer": bytes(answer), "/crl/issuer": bytes(listed)}


def too_large(known: Known) -> None:
    known.responder.instead |= {"/ocsp/issuer": bytes(LARGEST_ANSWER + 1), "/crl/issuer": bytes(LARGEST_LIST + 1)}


def old(known: Known) -> None:
    known.responder.instead["/ocsp/issuer"] = b""
    known.responder.lists["issuer"] = revocation_list(known.ca.issuer, known.ca.key, NOW - 9 * DAY)


def of_tomorrow(known: Known) -> None:
    known.responder.instead["/ocsp/issuer"] = b""
    known.responder.lists["issuer"] = revocation_list(known.ca.issuer, known.ca.key, NOW + DAY)


def elsewhere(known: Known) -> None:
    """Sent to another address: nobody goes there."""
    known.responder.lists["elsewhere"] = known.responder.lists["issuer"]
    known.responder.moved |= {"/ocsp/issuer", "/crl/issuer"}


@pytest.mark.parametrize(
    ("wrong", "lacking"),
    [
        (look_alike, "not-good"), (wrong_signer, "not-good"), (about_another, "not-good"), (flipped, "not-good"),
        (never_issued, "refused"), (too_large, "too-large"), (old, "stale"), (of_tomorrow, "not-good"),
        (elsewhere, "refused"),
    ],
)  # fmt: skip
def test_what_is_no_good_word_is_not_taken(known: Known, wrong: Callable[[Known], None], lacking: str) -> None:
    wrong(known)
    known.responder.asked.clear()
    found = known.ask()
    assert (len(found.answers), found.lists, found.lacking) == (1, (), lacking)
    assert found.may_come
    assert known.responder.asked == ["/ocsp/root", "/ocsp/issuer", "/crl/issuer"]


def test_an_answer_of_the_day_before_yesterday_counts_no_more(known: Known) -> None:
    for each in ("root", "issuer"):
        del known.responder.lists[each]
    assert ask_issuers(known.chain, machine_clock() + 2 * DAY).answers == ()


def test_nobody_waits_for_one_that_hangs(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where it drips a byte now and then, nor all in all."""
    known.responder.hanging |= {"/ocsp/issuer", "/crl/issuer"}
    began = time.monotonic()
    # Long enough for the others to answer on a busy machine; it would hang until all the time there is was over.
    found = known.ask(seconds=1.5)
    assert (len(found.answers), found.lacking) == (1, "took-too-long")
    assert time.monotonic() - began < good_standing.ALL_SECONDS - 5
    known.responder.hanging |= {"/ocsp/root", "/crl/root"}
    monkeypatch.setattr(good_standing, "ALL_SECONDS", 0.5)
    began = time.monotonic()
    assert known.ask().lacking == "took-too-long"
    assert time.monotonic() - began < good_standing.SECONDS


def test_whom_the_issuer_lets_sign_may_answer_and_nobody_else(known: Known) -> None:
    ca, other = known.ca, make_ca(begins=NOW - 365 * DAY)
    del known.responder.lists["issuer"]
    for signer, count in (
        (helper(ca.issuer, ca.key, NOW), 2),
        (helper(ca.issuer, ca.key, NOW, ExtendedKeyUsageOID.CLIENT_AUTH), 1),
        (helper(other.issuer, other.key, NOW), 1),
    ):
        known.responder.speak_for("issuer", ca.issuer, ca.key, known.leaf, signer=signer)
        assert len(known.ask().answers) == count


def test_without_an_address_nobody_is_asked_and_nothing_may_come(known: Known) -> None:
    ca = make_ca()
    leaf = ca.seal_certificate(rsa_key().public_key(), places=_places("ldap://ca/", "file:///etc/passwd", "http:///x"))
    chain = [each.public_bytes(Encoding.DER) for each in (leaf, *ca.chain)]
    found = ask_issuers(chain, NOW)
    assert (found, found.may_come) == (Standing(lacking="no-address"), False)
    assert known.responder.asked == []


def _places(*addresses: str) -> list[x509.ExtensionType]:
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(each)], None, None, None) for each in addresses]
    return [x509.CRLDistributionPoints(points)]
