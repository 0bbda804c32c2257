"""The only place that knows everyone: settings in, a house and an application out."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from consent.acts.house import House, Terms
from consent.documents.certificates import BadSealing, Sealing, make_authority
from consent.documents.printing import Printer
from consent.documents.sealing import Sealer
from consent.formbook import BadForm, load_formbook
from consent.images.matcher import Matcher
from consent.mailer import AbsentMailer, KeptMailer, Mailer, Security, SmtpMailer
from consent.records.engine import open_database
from consent.records.schema import is_empty, upgrade
from consent.settings import Settings, SettingsError, read_settings
from consent.vault.blobs import FolderBlobStore
from consent.vault.keys import KeyFolder, KeyTrouble, check_apart
from consent.web.application import Front, make_application

ROOT = Path(__file__).resolve().parent.parent
DEMO_MARK = "demo.json"
SEALING_FILES = ("root-key.pem", "root-certificate.pem", "sealing-key.pem", "sealing-certificate.pem")

Clock = Callable[[], datetime]


class CannotStart(Exception):
    """What stands in the way of starting, as one plain line."""


def server_clock() -> datetime:
    """Return the server's time in UTC: the only clock there is."""
    return datetime.now(UTC)


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings. Raises: SettingsError, which names everything that is missing or bad."""
    return read_settings(os.environ if environment is None else environment, ROOT)


def make_house(settings: Settings, clock: Clock = server_clock) -> House:
    """Return the house, with folders, keys, seal and schema in place.

    Raises: CannotStart (an instance of the other kind), vault KeyTrouble, formbook BadForm.
    """
    _check_kind(settings)
    settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not settings.demo:
        check_apart(settings.key_dir, settings.instance)
    database = open_database(settings.database_url)
    folder = KeyFolder(settings.key_dir)
    # Keys are made for an empty database only: in place of lost ones, new keys would open nothing.
    keyring = folder.load_or_make() if is_empty(database) else folder.load()
    upgrade(database, ROOT / "migrations")
    return House(
        engine=database,
        clock=clock,
        keyring=keyring,
        blobs=FolderBlobStore(settings.instance / "blobs"),
        forms=load_formbook(settings.forms),
        printer=Printer(settings.templates, specimen=settings.demo),
        sealer=Sealer(_sealing(folder, settings, clock())),
        mailer=_mailer(settings, clock),
        matcher=Matcher(),
        terms=_terms(settings),
    )


def _check_kind(settings: Settings) -> None:
    """A demonstration uses only a folder that it made, and a real instance never one that a demonstration made."""
    occupied = settings.instance.exists() and any(settings.instance.iterdir())
    marked = (settings.instance / DEMO_MARK).exists()
    if settings.demo and occupied and not marked:
        raise CannotStart(f"{settings.instance} was not made by --demo: name another folder in CONSENT_INSTANCE.")
    if not settings.demo and marked:
        raise CannotStart(f"{settings.instance} was made by --demo: name another folder in CONSENT_INSTANCE.")


def _sealing(folder: KeyFolder, settings: Settings, now: datetime) -> Sealing:
    def make() -> dict[str, bytes]:
        made = make_authority("Patient Media Consent", demo=settings.demo, now=now)
        return dict(
            zip(
                SEALING_FILES,
                (made.root_key, made.root_certificate, made.sealing_key, made.sealing_certificate),
                strict=True,
            )
        )

    kept = folder.secret_set("sealing", make)
    _, root, key, certificate = (kept[name] for name in SEALING_FILES)
    return Sealing.from_pem(key, certificate, root)


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    if settings.demo:
        return KeptMailer(settings.instance / "mail.jsonl", clock)
    if settings.smtp is None:
        return AbsentMailer()
    smtp = settings.smtp
    password = smtp.password_file.read_text().strip() if smtp.password_file else ""
    security = Security(smtp.security)
    return SmtpMailer(smtp.host, smtp.port, smtp.sender, clock, security, smtp.username or "", password)


def _terms(settings: Settings) -> Terms:
    words = (Path(__file__).parent / "web" / "common_passwords.txt").read_text().split()
    return Terms(
        public_url=settings.public_url,
        zone=settings.zone,
        demo=settings.demo,
        second_factor_required=settings.second_factor_required,
        idle=timedelta(minutes=settings.idle_minutes),
        own_takedown=timedelta(hours=settings.own_takedown_hours),
        other_takedown_workdays=settings.other_takedown_workdays,
        holidays=settings.holidays,
        age_of_majority=settings.age_of_majority,
        keep_stroke_times=settings.keep_stroke_times,
        paper_size=settings.paper_size,
        common_passwords=frozenset(words),
    )


def make_front(settings: Settings, house: House) -> Front:
    """Return what the pages need besides the house."""
    hosts = ("127.0.0.1", "localhost") if settings.loopback_only else ()
    return Front(settings.templates, house.keyring.session_secret, settings.behind_proxy, hosts)


def create_app() -> Flask:
    """Return the application that the environment describes: what a WSGI server loads."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = settings_from()
    house = make_house(settings)
    return make_application(house, make_front(settings, house))


def mendable() -> tuple[type[Exception], ...]:
    """Return the errors at start whose message is written for the administrator."""
    return (CannotStart, SettingsError, KeyTrouble, BadForm, BadSealing)
