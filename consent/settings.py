"""Environment in, one frozen `Settings` out. Every missing or bad value is named at once. Read by wiring alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from consent.environment import Reader, SettingsError

__all__ = ["Hardware", "Settings", "SettingsError", "Smtp", "read_settings"]


@dataclass(frozen=True)
class Smtp:
    """Where mail is handed over. `password_file` holds the password; `security` is starttls, tls or none."""

    host: str
    port: int
    sender: str
    username: str | None
    password_file: Path | None
    security: str


@dataclass(frozen=True)
class TimeAuthority:
    """Which time-stamp authority is asked, and the file with the certificates under which its stamps are good."""

    url: str
    certificates: Path
    renew_days: int


@dataclass(frozen=True)
class Hardware:
    """A token of a PKCS #11 module, and the file with its PIN."""

    library: Path
    token: str
    pin_file: Path


@dataclass(frozen=True)
class Settings:
    """The whole installation's settings."""

    instance: Path
    key_dir: Path
    database_url: str
    migration_url: str | None
    public_url: str
    bind: str
    port: int
    tls_certificate: Path | None
    tls_key: Path | None
    zone: ZoneInfo
    demo: bool
    second_factor_required: bool
    idle_minutes: int
    away_minutes: int
    own_takedown_hours: int
    other_takedown_workdays: int
    holidays: frozenset[date]
    age_of_majority: int
    assent_age: int
    mark_witnesses: int
    keep_stroke_times: bool
    keep_years: int
    keep_years_after_majority: int
    paper_size: str
    smtp: Smtp | None
    hardware: Hardware | None
    sealing_key: str | None
    sealing_certificate: Path | None
    sealing_crl: Path | None
    time_authority: TimeAuthority | None
    ask_issuers: bool
    forms: Path
    templates: Path
    behind_proxy: bool

    @property
    def loopback_only(self) -> bool:
        """Return whether only this machine can reach the server."""
        return self.bind == "localhost" or _is_loopback(self.bind)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _smtp(read: Reader) -> Smtp | None:
    host = read.optional("CONSENT_SMTP_HOST")
    if host is None:
        return None
    sender = read.optional("CONSENT_SMTP_FROM")
    if sender is None:
        read.problems.append("CONSENT_SMTP_FROM is missing: the address that notices come from.")
    return Smtp(
        host=host,
        port=read.whole("CONSENT_SMTP_PORT", 587, 1, 65535),
        sender=sender or "",
        username=read.optional("CONSENT_SMTP_USER"),
        password_file=read.file("CONSENT_SMTP_PASSWORD_FILE"),
        security=read.one_of("CONSENT_SMTP_SECURITY", "starttls", ("starttls", "tls", "none")),
    )


def _time_authority(read: Reader) -> TimeAuthority | None:
    url, certificates = read.optional("CONSENT_TSA_URL"), read.file("CONSENT_TSA_CERTIFICATES")
    renew_days = read.whole("CONSENT_TSA_RENEW_DAYS", 90, 1, 3650)
    if (url is None) != (certificates is None):
        read.problems.append("CONSENT_TSA_URL and CONSENT_TSA_CERTIFICATES belong together: one is missing.")
    if url is not None and not url.startswith(("https://", "http://")):
        read.problems.append(f"CONSENT_TSA_URL must begin with https:// or http://, not {url!r}.")
    return TimeAuthority(url, certificates, renew_days) if url and certificates else None


def _migration(read: Reader) -> str | None:
    written = read.optional("CONSENT_MIGRATION_URL")
    if written is not None and not written.startswith(("postgresql://", "postgresql+psycopg://")):
        # Not repeated: it may hold a password.
        read.problems.append("CONSENT_MIGRATION_URL must begin with postgresql:// like CONSENT_DATABASE_URL.")
    return written


def _hardware(read: Reader) -> Hardware | None:
    library, pin_file = read.file("CONSENT_PKCS11_MODULE"), read.file("CONSENT_PKCS11_PIN_FILE")
    token = read.optional("CONSENT_PKCS11_TOKEN")
    if library is None and pin_file is None and token is None:
        return None
    if library is None or pin_file is None or token is None:
        read.problems.append(
            "CONSENT_PKCS11_MODULE, CONSENT_PKCS11_TOKEN and CONSENT_PKCS11_PIN_FILE belong together: one is missing."
        )
        return None
    return Hardware(library, token, pin_file)


def _key_name(read: Reader) -> str | None:
    """Return the name of the sealing key in the module: its label, or id: and its id in hex."""
    name = read.optional("CONSENT_SEALING_KEY")
    if name is not None and name.startswith("id:"):
        try:
            bytes.fromhex(name.removeprefix("id:"))
        except ValueError:
            read.problems.append(f"CONSENT_SEALING_KEY must be a label, or id: and hexadecimal digits, not {name!r}.")
    return name


def read_settings(environment: Mapping[str, str], root: Path) -> Settings:
    """Return the settings. `root` is the folder that holds forms/ and templates/. Raises: SettingsError."""
    read = Reader(environment)
    demo = read.switch("CONSENT_DEMO", False)
    instance = Path(read.text("CONSENT_INSTANCE", str(root / ("instance-demo" if demo else "instance")))).resolve()
    key_dir = Path(read.text("CONSENT_KEY_DIR", str(instance.with_name(instance.name + "-keys")))).resolve()
    bind = read.bind("CONSENT_BIND", "127.0.0.1")
    port = read.whole("CONSENT_PORT", 8000, 1, 65535)
    certificate, key = read.file("CONSENT_TLS_CERT_FILE"), read.file("CONSENT_TLS_KEY_FILE")
    if (certificate is None) != (key is None):
        read.problems.append("CONSENT_TLS_CERT_FILE and CONSENT_TLS_KEY_FILE belong together: one is missing.")
    scheme = "https" if certificate else "http"
    behind_proxy = read.switch("CONSENT_BEHIND_PROXY", False)
    settings = Settings(
        instance=instance,
        key_dir=key_dir,
        database_url=read.database("CONSENT_DATABASE_URL", f"sqlite:///{instance / 'consent.sqlite'}"),
        migration_url=_migration(read),
        public_url=read.url("CONSENT_PUBLIC_URL", f"{scheme}://127.0.0.1:{port}"),
        bind=bind,
        port=port,
        tls_certificate=certificate,
        tls_key=key,
        zone=read.zone("CONSENT_ZONE", "America/New_York"),
        demo=demo,
        second_factor_required=read.switch("CONSENT_SECOND_FACTOR", True),
        idle_minutes=read.whole("CONSENT_IDLE_MINUTES", 15, 1, 720),
        away_minutes=read.whole("CONSENT_AWAY_MINUTES", 15, 2, 240),
        own_takedown_hours=read.whole("CONSENT_OWN_TAKEDOWN_HOURS", 24, 1, 720),
        other_takedown_workdays=read.whole("CONSENT_OTHER_TAKEDOWN_WORKDAYS", 2, 1, 60),
        holidays=read.days("CONSENT_HOLIDAYS"),
        age_of_majority=int(read.one_of("CONSENT_AGE_OF_MAJORITY", "18", ("18", "19", "21"))),
        assent_age=read.whole("CONSENT_ASSENT_AGE", 7, 1, 17),
        mark_witnesses=read.whole("CONSENT_MARK_WITNESSES", 2, 1, 2),
        keep_stroke_times=read.switch("CONSENT_KEEP_STROKE_TIMES", False),
        keep_years=read.whole("CONSENT_KEEP_YEARS", 6, 6, 100),
        keep_years_after_majority=read.whole("CONSENT_KEEP_YEARS_AFTER_MAJORITY", 6, 0, 100),
        paper_size=read.one_of("CONSENT_PAPER", "Letter", ("A4", "Letter")),
        smtp=_smtp(read),
        hardware=_hardware(read),
        sealing_key=_key_name(read),
        sealing_certificate=read.file("CONSENT_SEALING_CERTIFICATE_FILE"),
        sealing_crl=read.file("CONSENT_SEALING_CRL"),
        time_authority=_time_authority(read),
        ask_issuers=read.switch("CONSENT_ASK_ISSUERS", True),
        forms=root / "forms",
        templates=root / "templates",
        behind_proxy=behind_proxy,
    )
    _check_together(read, settings)
    read.refuse_unknown()
    if read.problems:
        raise SettingsError(read.problems)
    return settings


def _check_together(read: Reader, settings: Settings) -> None:
    if settings.demo:
        _check_demo(read, settings)
    elif settings.key_dir.is_relative_to(settings.instance):
        read.problems.append(f"CONSENT_KEY_DIR lies inside the instance folder: {settings.key_dir}. Keys live apart.")
    _check_sealing(read, settings)
    if settings.loopback_only and not settings.behind_proxy:
        return
    if settings.tls_certificate is None and not settings.behind_proxy:
        read.problems.append(
            "CONSENT_BIND lets other machines in: give CONSENT_TLS_CERT_FILE and CONSENT_TLS_KEY_FILE, "
            "or CONSENT_BEHIND_PROXY=yes where a proxy in front does TLS."
        )
    if read.optional("CONSENT_PUBLIC_URL") is None:
        read.problems.append("CONSENT_PUBLIC_URL is missing: the address at which other machines reach this one.")
    elif not settings.public_url.startswith("https://"):
        read.problems.append("CONSENT_PUBLIC_URL must begin with https:// where other machines come in.")


def _check_sealing(read: Reader, settings: Settings) -> None:
    if settings.sealing_key is not None and settings.hardware is None:
        read.problems.append("CONSENT_SEALING_KEY names a key in a hardware module: set CONSENT_PKCS11_MODULE.")
    if settings.sealing_certificate is not None and settings.sealing_key is None:
        read.problems.append(
            "CONSENT_SEALING_CERTIFICATE_FILE is for a key in a hardware module: set CONSENT_SEALING_KEY, "
            "or call `consent keys import-certificate`."
        )


def _check_demo(read: Reader, settings: Settings) -> None:
    """A demonstration touches nothing of a real installation, and nobody reaches it from outside."""
    if read.optional("CONSENT_DATABASE_URL"):
        read.problems.append("--demo uses a database of its own: unset CONSENT_DATABASE_URL.")
    if read.optional("CONSENT_KEY_DIR"):
        read.problems.append("--demo uses keys of its own: unset CONSENT_KEY_DIR.")
    if settings.hardware or settings.sealing_key or settings.sealing_crl:
        read.problems.append("--demo uses keys of its own: unset CONSENT_PKCS11_MODULE and CONSENT_SEALING_KEY.")
    if not settings.loopback_only or settings.behind_proxy:
        read.problems.append("--demo answers on this machine only: unset CONSENT_BIND and CONSENT_BEHIND_PROXY.")
    if settings.smtp is not None:
        read.problems.append("--demo sends no mail: unset CONSENT_SMTP_HOST.")
    if settings.time_authority is not None:
        read.problems.append("--demo asks no authority: unset CONSENT_TSA_URL and CONSENT_TSA_CERTIFICATES.")
