"""What the house seals with: a key in the folder or in the module, each with the certificate that belongs to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from consent.acts.certificate_care import CERTIFICATE, CURRENT, KEY
from consent.documents.certificates import BadSealing, CannotSeal
from consent.documents.sealing import Sealer
from consent.documents.verifying import check_seal
from consent.materials import SealingPlace, sealer
from consent.records.bringing_up import CannotStart
from consent.vault.keys import KeyFolder, KeysMissing
from consent.vault.trouble import HardwareTrouble
from tests.hospital_ca import NOW, Ca, key_pem, make_ca, pem_of, rsa_key
from tests.softhsm import Token, make_place, make_token

# The library grumbles when a search that could not begin is cleared away.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    """One token for all, because making a key takes a second."""
    folder = tmp_path_factory.mktemp("materials")
    make_place(folder)
    made = make_token(folder, "materials")
    made.make_rsa("seal")
    made.make_rsa("next")
    return made


@pytest.fixture(scope="module")
def paper() -> bytes:
    import io

    import pikepdf

    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


@pytest.fixture
def place(token: Token, tmp_path: Path) -> SealingPlace:
    return SealingPlace(KeyFolder(tmp_path / "keys", token.module()), "seal")


def begin(place: SealingPlace) -> Sealer:
    return sealer(place, demo=False, now=NOW)


def public(token: Token, name: str = "seal") -> x509.Certificate:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    return load_der_public_key(token.module().public_key(name))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def ca() -> Ca:
    return make_ca()


def test_with_a_key_in_the_module_no_sealing_key_lies_in_the_folder(place: SealingPlace, paper: bytes) -> None:
    found = begin(place)
    sealed = found.seal(paper, "Sealed", NOW)
    assert check_seal(sealed, [found.certificate]).genuine
    kept = {path.name: path.read_bytes() for path in place.folder.path.rglob("*") if path.is_file()}
    assert KEY not in kept
    # The only private key there is the root's, which is of another kind and signs no form.
    private = [name for name, content in kept.items() if b"PRIVATE KEY" in content]
    assert private == ["root-key.pem"]
    assert begin(place).certificate == found.certificate


def test_a_house_that_moves_its_key_into_the_module_stays_under_its_root(place: SealingPlace) -> None:
    before = begin(replace(place, key_name=None)).certificate
    after = begin(place).certificate
    assert after != before
    assert after.chain == before.chain
    assert begin(place).certificate == after
    # And back again.
    assert begin(replace(place, key_name=None)).certificate == before


def test_another_key_in_the_module_gets_another_certificate(place: SealingPlace) -> None:
    first = begin(place).certificate
    second = begin(replace(place, key_name="next")).certificate
    assert second != first
    assert second.chain == first.chain
    assert begin(place).certificate == first


def test_the_certificate_may_be_named_in_a_file(place: SealingPlace, token: Token, ca: Ca, tmp_path: Path) -> None:
    leaf = ca.seal_certificate(public(token))  # type: ignore[arg-type]
    file = tmp_path / "seal.pem"
    file.write_bytes(pem_of(leaf, *ca.chain))
    assert begin(replace(place, certificate_file=file)).certificate.x509 == leaf
    file.write_bytes(pem_of(ca.seal_certificate(rsa_key().public_key()), *ca.chain))
    with pytest.raises(CannotStart, match=r"seal.pem cannot be used: .*belong together") as told:
        begin(replace(place, certificate_file=file))
    assert "\n" not in str(told.value)
    file.write_bytes(pem_of(leaf))
    with pytest.raises(CannotStart, match="chain"):
        begin(replace(place, certificate_file=file))


def test_the_certificate_may_lie_on_the_token(place: SealingPlace, token: Token, ca: Ca) -> None:
    token.make_rsa("third")
    leaf = ca.seal_certificate(public(token, "third"))  # type: ignore[arg-type]
    for number, each in enumerate((*ca.chain, leaf)):
        token.keep_certificate(each.public_bytes(Encoding.DER), f"c{number}")
    found = begin(replace(place, key_name="third")).certificate
    assert (found.x509, found.chain) == (leaf, ca.chain)


def test_the_chosen_set_seals_and_a_lost_one_is_told(place: SealingPlace, ca: Ca) -> None:
    in_file = replace(place, key_name=None)
    begin(in_file)
    leaf = ca.seal_certificate(rsa_key().public_key())
    files = {CERTIFICATE: pem_of(leaf, *ca.chain), KEY: key_pem(rsa_key())}
    place.folder.secret_set("sealing-2", lambda: files)
    place.folder.keep_secret(CURRENT, b"sealing-2\n")
    assert begin(in_file).certificate.x509 == leaf
    place.folder.keep_secret(CURRENT, b"sealing-3\n")
    with pytest.raises(KeysMissing, match="sealing-3 is missing"):
        begin(in_file)


def test_what_is_wrong_is_one_line(place: SealingPlace, token: Token) -> None:
    wrong = {
        "holds no RSA key nothing": replace(place, key_name="nothing"),
        "no hardware module": replace(place, folder=KeyFolder(place.folder.path)),
    }
    for said, each in wrong.items():
        with pytest.raises((HardwareTrouble, KeysMissing), match=said) as told:
            begin(each)
        assert "\n" not in str(told.value)
    begin(place)
    with pytest.raises(KeysMissing, match="CONSENT_SEALING_KEY"):
        begin(replace(place, key_name=None))
    with pytest.raises(BadSealing, match="cannot be read"):
        begin(replace(place, crl_file=Path("nowhere")))


def test_a_module_that_is_gone_seals_nothing_and_says_so(
    place: SealingPlace, paper: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = begin(place)

    def gone(name: str, content: bytes) -> bytes:
        raise HardwareTrouble("gone")

    monkeypatch.setattr(place.folder.module, "sign", gone)
    with pytest.raises(CannotSeal, match="key-out-of-reach"):
        found.seal(paper, "Sealed", NOW)
    monkeypatch.undo()
    assert found.seal(paper, "Sealed", NOW)


def test_a_listed_certificate_seals_nothing(place: SealingPlace, token: Token, ca: Ca, tmp_path: Path) -> None:
    leaf = ca.seal_certificate(public(token))  # type: ignore[arg-type]
    file, crl = tmp_path / "seal.pem", tmp_path / "revoked.pem"
    file.write_bytes(pem_of(leaf, *ca.chain))
    crl.write_bytes(ca.revoked(leaf, since=NOW - timedelta(days=1)))
    with pytest.raises(CannotSeal, match="revoked"):
        begin(replace(place, certificate_file=file, crl_file=crl)).check(NOW)
