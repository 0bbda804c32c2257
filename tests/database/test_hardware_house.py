"""From the command line: a house whose keys move into a hardware module and back, and whose certificates change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent import wiring
from consent.acts import custody, dossier, key_care, proving
from consent.acts.actor import COMMAND
from consent.acts.filing import take_out
from consent.acts.house import House
from consent.cli import keys as commands
from consent.rules.refusal import Refused
from tests.factory import Clock, Factory
from tests.hospital_ca import key_pem, make_ca, pem_of, pkcs12_of, rsa_key
from tests.softhsm import LIBRARY, Token, make_place, make_token

# The library grumbles when a search that could not begin is cleared away.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    folder = tmp_path_factory.mktemp("house")
    make_place(folder)
    made = make_token(folder, "hospital")
    made.make_rsa("seal")
    return made


class Installation:
    """What the environment describes; it is opened anew each time, as commands and servers do."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, token: Token) -> None:
        self.folder = folder
        self.set = monkeypatch.setenv
        self.unset = monkeypatch.delenv
        self._open: list[House] = []
        self.set("CONSENT_INSTANCE", str(folder / "instance"))
        self.set("CONSENT_KEY_DIR", str(folder / "the-keys"))
        self.set("CONSENT_PKCS11_MODULE", str(LIBRARY))
        self.set("CONSENT_PKCS11_TOKEN", token.label)
        self.set("CONSENT_PKCS11_PIN_FILE", str(token.pin_file))
        monkeypatch.setattr("consent.cli.keys.open_house", self.house)
        monkeypatch.setattr("consent.cli.certificates.open_house", self.house)

    def house(self) -> House:
        self._open.append(wiring.make_house(wiring.settings_from()))
        return self._open[-1]

    def close(self) -> None:
        for each in self._open:
            each.engine.dispose()

    def run(self, *words: str) -> Result:
        command = commands.rotate_keys if words[0] == "rotate-keys" else commands.keys
        return CliRunner().invoke(command, list(words[1:] if words[0] == "rotate-keys" else words))


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: Token) -> Iterator[Installation]:
    made = Installation(tmp_path, monkeypatch, token)
    yield made
    made.close()


def kept(house: House, consent_id: str) -> bytes:
    with house.reading() as connection:
        return take_out(house, connection, consent_id)


def test_keys_move_into_the_module_and_back_and_everything_opens(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.set("CONSENT_SEALING_KEY", "seal")
    house = installation.house()
    consent_id = Factory(house, Clock(NOW)).signed_consent()
    first = house.keyring.current_kek_id
    folder = installation.folder / "the-keys" / "keyring"

    # Interrupted after the first lot, and gone on with.
    monkeypatch.setattr(key_care, "LOT", 2)
    whole = key_care.wrap_all_anew

    def interrupted(*_: object) -> int:
        def stop(done: int, _total: int) -> None:
            raise KeyboardInterrupt

        return whole(installation.house(), COMMAND, stop)

    monkeypatch.setattr(key_care, "wrap_all_anew", interrupted)
    assert installation.run("rotate-keys", "--to", "module").exit_code == 1
    monkeypatch.setattr(key_care, "wrap_all_anew", whole)
    wrapped = key_care.standing(installation.house(), COMMAND).wrapped
    assert len(wrapped) == 2
    (second,) = set(wrapped) - {first}
    assert (folder / f"kek-{second}.module").exists()
    assert installation.run("check").exit_code == 0
    monkeypatch.setattr(key_care, "LOT", 500)
    done = installation.run("rotate-keys", "--to", "module", "--json")
    assert (done.exit_code, json.loads(done.stdout)["current"]) == (0, second)
    # The server that has been running all along opens what the module wraps now.
    with house.reading() as connection:
        assert dossier.load(house, connection, consent_id).person.name
    assert json.loads(installation.run("check", "--json").stdout)["sound"]

    # Without the settings the start says in one line what is missing.
    installation.unset("CONSENT_PKCS11_MODULE")
    installation.unset("CONSENT_PKCS11_TOKEN")
    installation.unset("CONSENT_PKCS11_PIN_FILE")
    installation.unset("CONSENT_SEALING_KEY")
    with pytest.raises(wiring.mendable(), match=f"{second} is on the token hospital") as told:
        installation.house()
    assert "\n" not in str(told.value)
    installation.set("CONSENT_PKCS11_MODULE", str(LIBRARY))
    installation.set("CONSENT_PKCS11_TOKEN", "hospital")
    installation.set("CONSENT_PKCS11_PIN_FILE", str(Path(wiring_pin(house))))
    installation.set("CONSENT_SEALING_KEY", "seal")

    # Without --to the next key is where this one is; then back into a file.
    assert installation.run("rotate-keys").exit_code == 0
    third = wiring.key_folder(wiring.settings_from()).current_kek_id()
    assert (folder / f"kek-{third}.module").exists()
    assert installation.run("rotate-keys", "--to", "file").exit_code == 0
    for old in (second, third):
        assert installation.run("retire", old, "--yes").exit_code == 0
        assert not (folder / f"kek-{old}.module").exists()
    last = installation.house()
    assert set(key_care.standing(last, COMMAND).wrapped) == {last.keyring.current_kek_id}
    assert not last.keyring.hardware_keys
    assert key_care.check_everything(last).sound
    assert custody.verify(last).sound
    assert proving.check_document(last, kept(last, consent_id)).genuine


def wiring_pin(house: House) -> str:
    """Where the PIN of the module is that the house was opened with."""
    (key,) = [each for each in house.keyring.key_encryption_keys.values() if not isinstance(each, bytes)]
    return str(key.module._pin_file)


def test_certificates_change_from_the_command_line_and_old_seals_stay(installation: Installation) -> None:
    ca = make_ca(begins=NOW - timedelta(days=400))
    leaf = ca.seal_certificate(rsa_key().public_key(), begins=NOW - timedelta(days=1))
    good, bad = installation.folder / "seal.p12", installation.folder / "old.pem"
    words = installation.folder / "words"
    words.write_text("a passphrase\n")
    good.write_bytes(pkcs12_of(rsa_key(), leaf, ca.chain, "a passphrase"))
    expired = ca.seal_certificate(rsa_key().public_key(), begins=NOW - timedelta(days=9), lasts=timedelta(days=8))
    bad.write_bytes(key_pem(rsa_key()) + pem_of(expired, *ca.chain))

    house = installation.house()
    clock = Clock(NOW + timedelta(seconds=1))
    factory = Factory(house, clock)
    first = factory.signed_consent()
    own = house.sealer.fingerprint

    refused = installation.run("import-certificate", str(bad))
    assert refused.exit_code == 1
    assert "It is not taken: expired on" in refused.output
    assert installation.house().sealer.fingerprint == own

    taken = installation.run("import-certificate", str(good), "--passphrase-file", str(words), "--json")
    assert taken.exit_code == 0, taken.output
    house = factory.house = installation.house()
    assert json.loads(taken.stdout)["fingerprint"] == house.sealer.fingerprint != own
    assert house.sealer.certificate.chain == ca.chain
    second = factory.signed_consent()
    assert proving.check_document(house, kept(house, first)).genuine
    assert proving.check_document(house, kept(house, second)).genuine

    renewed = installation.run("renew-certificate", "--json")
    assert renewed.exit_code == 0, renewed.output
    house = factory.house = installation.house()
    assert house.sealer.fingerprint == json.loads(renewed.stdout)["fingerprint"]
    assert house.sealer.certificate.issued_by_us
    for each in (first, second, factory.signed_consent()):
        assert proving.check_document(house, kept(house, each)).genuine

    assert installation.run("revoke-certificate", "ab" * 32, "--since", "2026-01-01").exit_code == 1
    assert installation.run("revoke-certificate", own, "--since", "soon").exit_code == 2
    shown = ":".join(own[at : at + 2].upper() for at in range(0, 64, 2))
    assert installation.run("revoke-certificate", shown, "--since", NOW.isoformat()).exit_code == 0
    assert not proving.check_document(house, kept(house, first)).genuine
    assert proving.check_document(house, kept(house, second)).genuine
    # One that was revoked is not taken again.
    now = house.sealer.fingerprint
    installation.run("revoke-certificate", house.sealer.fingerprint, "--since", datetime.now(UTC).isoformat())
    with pytest.raises(Refused, match="cannot-seal"):
        factory.signed_consent()
    since = datetime.now(UTC).isoformat()
    assert installation.run("revoke-certificate", leaf_print(leaf), "--since", since).exit_code == 0
    again = installation.run("import-certificate", str(good), "--passphrase-file", str(words))
    assert again.exit_code == 1
    assert "on record as revoked" in again.output
    assert installation.house().sealer.fingerprint == now
    assert custody.verify(house).sound


def leaf_print(leaf: object) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    return leaf.fingerprint(SHA256()).hex()  # type: ignore[attr-defined]


def test_a_certificate_for_the_key_in_the_module_is_imported_without_a_key(
    installation: Installation, token: Token
) -> None:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    installation.set("CONSENT_SEALING_KEY", "seal")
    ca = make_ca(begins=NOW - timedelta(days=400))
    public = load_der_public_key(token.module().public_key("seal"))
    leaf = ca.seal_certificate(public, begins=NOW - timedelta(days=1))  # type: ignore[arg-type]
    file = installation.folder / "seal.pem"
    file.write_bytes(key_pem(rsa_key()) + pem_of(leaf, *ca.chain))
    refused = installation.run("import-certificate", str(file))
    assert refused.exit_code == 1
    assert "hardware module" in refused.output
    file.write_bytes(pem_of(leaf, *ca.chain))
    assert installation.run("import-certificate", str(file)).exit_code == 0
    house = installation.house()
    assert house.sealer.certificate.x509 == leaf
    consent_id = Factory(house, Clock(NOW + timedelta(seconds=1))).signed_consent()
    assert proving.check_document(house, kept(house, consent_id)).genuine
    names = {path.name for path in (installation.folder / "the-keys").rglob("*.pem")}
    assert "sealing-key.pem" not in names
    assert installation.run("renew-certificate").exit_code == 0
    house = installation.house()
    assert house.sealer.certificate.issued_by_us
    assert house.sealer.certificate.is_for(token.module().public_key("seal"))
    assert proving.check_document(house, kept(house, consent_id)).genuine
