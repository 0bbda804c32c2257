"""Settings: what is missing or bad is named, all of it at once; what lies wrong stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent.settings import Settings, SettingsError, read_settings

ROOT = Path("/srv/consent")


def read(**environment: str) -> Settings:
    return read_settings({f"CONSENT_{name}": value for name, value in environment.items()}, ROOT)


def problems(**environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(**environment)
    return caught.value.problems


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, str]:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    return {"TLS_CERT_FILE": str(tmp_path / "cert.pem"), "TLS_KEY_FILE": str(tmp_path / "key.pem")}


def test_nothing_has_to_be_set() -> None:
    settings = read_settings({"PATH": "/usr/bin", "HOME": "/nowhere"}, ROOT)
    assert settings.instance == ROOT / "instance"
    assert settings.key_dir == ROOT / "instance-keys"
    assert settings.database_url == f"sqlite:///{ROOT}/instance/consent.sqlite"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.loopback_only
    assert not settings.demo
    assert settings.smtp is None


def test_several_run_side_by_side() -> None:
    settings = read(INSTANCE="/srv/second", PORT="8001")
    assert settings.key_dir == Path("/srv/second-keys")
    assert settings.public_url == "http://127.0.0.1:8001"


def test_an_empty_value_is_as_if_it_were_not_set() -> None:
    assert read(PORT="", ZONE=" ", DATABASE_URL="").port == 8000


def test_every_bad_value_is_named_at_once() -> None:
    found = problems(
        PORT="eighty",
        ZONE="Mars/Olympus",
        HOLIDAYS="2027-01-01, soon",
        PAPER="A3",
        SECOND_FACTOR="perhaps",
        PUBLIC_URL="consent.example.org",
        DATABASE_URL="mysql://person:open-sesame@host/name",
        BIND="everywhere",
        IDLE_MINUTES="0",
        AGE_OF_MAJORITY="17",
        SMTP_HOST="mail.example",
        SMTP_PASSWORD_FILE="/nowhere/password",
        TLS_CERT_FILE="/nowhere/cert.pem",
        PROT="8000",
    )
    for name in (
        "PORT", "ZONE", "HOLIDAYS", "PAPER", "SECOND_FACTOR", "PUBLIC_URL", "DATABASE_URL", "BIND", "IDLE_MINUTES",
        "AGE_OF_MAJORITY", "SMTP_FROM", "SMTP_PASSWORD_FILE", "TLS_CERT_FILE", "PROT",
    ):  # fmt: skip
        assert any(f"CONSENT_{name} " in line for line in found), name
    assert not any("open-sesame" in line for line in found)
    assert all("\n" not in line for line in found)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000.0", "²", "٨٠٠٠"])
def test_a_port_is_a_whole_number_in_plain_digits(port: str) -> None:
    assert "CONSENT_PORT" in problems(PORT=port)[0]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example",
        "https://",
        "https://a.example/path",
        "https://a.example?x=1",
        "https://a.example#x",
        "https://me@a.example",
        "https://a.example:port",
        "https://[::1",
    ],
)
def test_a_public_url_is_scheme_and_host_alone(url: str) -> None:
    assert "CONSENT_PUBLIC_URL" in problems(PUBLIC_URL=url)[0]


def test_keys_inside_the_instance_folder_stop_the_start() -> None:
    assert "CONSENT_KEY_DIR lies inside" in problems(INSTANCE="/srv/one", KEY_DIR="/srv/one/keys")[0]
    assert "CONSENT_KEY_DIR lies inside" in problems(INSTANCE="/srv/one", KEY_DIR="/srv/one/../one")[0]


def test_other_machines_come_in_only_by_tls_and_a_known_address(tls: dict[str, str]) -> None:
    bare = problems(BIND="0.0.0.0")
    assert any("CONSENT_TLS_CERT_FILE" in line for line in bare)
    assert any("CONSENT_PUBLIC_URL is missing" in line for line in bare)
    assert "https://" in problems(BIND="0.0.0.0", PUBLIC_URL="http://tablet.example", **tls)[0]
    assert not read(BIND="0.0.0.0", PUBLIC_URL="https://tablet.example", **tls).loopback_only
    assert "CONSENT_PUBLIC_URL is missing" in problems(BEHIND_PROXY="yes")[0]
    assert read(BIND="0.0.0.0", PUBLIC_URL="https://tablet.example", BEHIND_PROXY="yes").behind_proxy


def test_one_tls_file_alone_is_refused(tls: dict[str, str]) -> None:
    assert "belong together" in problems(TLS_CERT_FILE=tls["TLS_CERT_FILE"])[0]


def test_tls_makes_the_own_address_https(tls: dict[str, str]) -> None:
    assert read(**tls).public_url == "https://127.0.0.1:8000"


def test_a_demonstration_has_a_folder_of_its_own() -> None:
    settings = read(DEMO="yes")
    assert settings.instance == ROOT / "instance-demo"
    assert settings.key_dir == ROOT / "instance-demo-keys"
    assert read(DEMO="yes", INSTANCE="/srv/mine").instance == Path("/srv/mine")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://host/name"),
        ("DATABASE_URL", "sqlite:////srv/consent/instance/consent.sqlite"),
        ("KEY_DIR", "/srv/consent/instance-keys"),
        ("BIND", "0.0.0.0"),
        ("BEHIND_PROXY", "yes"),
        ("SMTP_HOST", "mail.example"),
    ],
)
def test_a_demonstration_touches_nothing_real(name: str, value: str) -> None:
    more = {"SMTP_FROM": "a@b.example"} if name == "SMTP_HOST" else {}
    assert any(name in line and "--demo" in line for line in problems(DEMO="yes", **{name: value}, **more))


def test_a_time_stamp_authority_needs_its_certificates(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_text("")
    assert read().time_authority is None
    found = read(TSA_URL="https://time.example.org/tsr", TSA_CERTIFICATES=str(file)).time_authority
    assert found is not None
    assert (found.url, found.certificates, found.renew_days) == ("https://time.example.org/tsr", file, 90)
    assert read().ask_issuers
    assert not read(ASK_ISSUERS="no").ask_issuers
    assert any("belong together" in each for each in problems(TSA_URL="https://time.example.org"))
    assert any("belong together" in each for each in problems(TSA_CERTIFICATES=str(file)))
    assert any("https://" in each for each in problems(TSA_URL="ldap://x", TSA_CERTIFICATES=str(file)))
    assert any("authority" in each for each in problems(DEMO="yes", TSA_URL="http://x", TSA_CERTIFICATES=str(file)))


@pytest.fixture
def hardware(tmp_path: Path) -> dict[str, str]:
    for name in ("module.so", "pin", "seal.pem", "revoked.pem"):
        (tmp_path / name).write_text("")
    return {
        "PKCS11_MODULE": str(tmp_path / "module.so"),
        "PKCS11_TOKEN": "hospital",
        "PKCS11_PIN_FILE": str(tmp_path / "pin"),
    }


def test_a_hardware_module_is_named_whole(hardware: dict[str, str], tmp_path: Path) -> None:
    certificate = {"SEALING_CERTIFICATE_FILE": str(tmp_path / "seal.pem")}
    found = read(**hardware, SEALING_KEY="id:0a1b", **certificate)
    assert found.hardware is not None
    assert (found.hardware.token, found.sealing_key) == ("hospital", "id:0a1b")
    assert read(**hardware).sealing_key is None
    for missing in hardware:
        rest = {name: value for name, value in hardware.items() if name != missing}
        assert any("belong together" in line for line in problems(**rest))
    assert any("CONSENT_PKCS11_MODULE" in line for line in problems(SEALING_KEY="seal"))
    assert any("CONSENT_SEALING_KEY" in line for line in problems(**hardware, **certificate))
    assert any("hexadecimal" in line for line in problems(**hardware, SEALING_KEY="id:seal"))


def test_a_demonstration_uses_no_hardware_module(hardware: dict[str, str], tmp_path: Path) -> None:
    assert any("CONSENT_PKCS11_MODULE" in line for line in problems(DEMO="yes", **hardware))
    assert any("CONSENT_SEALING" in line for line in problems(DEMO="yes", SEALING_CRL=str(tmp_path / "revoked.pem")))
