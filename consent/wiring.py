"""The only place that knows everyone: settings in, a house and an application out."""

from __future__ import annotations

import json
import logging
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.engine import Engine

from consent import materials
from consent.acts import fingerprinting, key_care, restoring
from consent.acts.bundle_words import TrailWords
from consent.acts.house import House, Terms
from consent.acts.press import Press
from consent.documents.certificates import BadSealing
from consent.documents.printing import Printer
from consent.documents.stamping import Stamper, load_trust
from consent.formbook import BadForm, load_formbook
from consent.images.matcher import Matcher
from consent.mailer import AbsentMailer, KeptMailer, Mailer, Security, SmtpMailer
from consent.records import bringing_up
from consent.records.bringing_up import CannotStart
from consent.records.schema import is_empty
from consent.settings import Settings, SettingsError, read_settings
from consent.vault.blobs import FolderBlobStore
from consent.vault.hardware import HardwareModule
from consent.vault.keyring import Keyring
from consent.vault.keys import KeyFolder, KeyTrouble, check_apart
from consent.vault.private_files import replace_private
from consent.vault.search_keys import SearchKeyFolder
from consent.vault.shelves import FolderShelf, Shelf, ShelfTrouble
from consent.web import custody_words
from consent.web import demo as demo_desk
from consent.web.application import Front, make_application
from consent.web.desk import Desk
from consent.web.desks import DESKS

__all__ = [
    "DEMO_MARK",
    "ROOT",
    "CannotStart",
    "Settings",
    "Shelf",
    "bucket_shelf",
    "check_tls",
    "create_app",
    "folder_shelf",
    "keep_demo",
    "keep_demo_file",
    "key_folder",
    "make_front",
    "make_house",
    "mendable",
    "migrate",
    "read_demo",
    "sealing_place",
    "server_clock",
    "settings_from",
    "trail_words",
]

ROOT = Path(__file__).resolve().parent.parent
DEMO_MARK = "demo.json"

Clock = Callable[[], datetime]


def server_clock() -> datetime:
    """Return the server's time in UTC: the only clock there is."""
    return datetime.now(UTC)


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings. Raises: SettingsError, which names everything that is missing or bad."""
    return read_settings(os.environ if environment is None else environment, ROOT)


def make_house(settings: Settings, clock: Clock = server_clock) -> House:
    """Return the house, with folders, keys, seal and schema in place.

    Raises: CannotStart (an instance of the other kind, a folder or database out of reach), KeyTrouble, BadForm.
    """
    try:
        _check_kind(settings)
        settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        if settings.demo and not (settings.instance / DEMO_MARK).exists():
            # Before anything else, so that a demonstration that was never finished can still be told from a real one.
            keep_demo(settings, {"demo": True, "complete": False})
    except OSError as error:
        raise CannotStart(f"{settings.instance} cannot be used: {error.strerror or type(error).__name__}.") from error
    if not settings.demo:
        check_apart(settings.key_dir, settings.instance)
    folder = key_folder(settings)
    search = SearchKeyFolder(folder)
    database, keyring = _database_and_keys(settings, folder, search)
    house = House(
        engine=database,
        clock=clock,
        keyring=keyring,
        blobs=FolderBlobStore(settings.instance / "blobs"),
        forms=load_formbook(settings.forms),
        printer=Printer(settings.templates, specimen=settings.demo),
        sealer=materials.sealer(sealing_place(settings, folder), demo=settings.demo, now=clock()),
        mailer=_mailer(settings, clock),
        matcher=Matcher(),
        terms=_terms(settings),
        search_keys=search.load,
        stamper=_stamper(settings),
    )
    lost = (*key_care.lost_keys(house), *fingerprinting.lost_keys(house))
    if lost:
        database.dispose()
        raise CannotStart(
            f"The keys {', '.join(lost)} are missing from {settings.key_dir}, or are not the ones that "
            "this database was encrypted with. Put the exported keys back; nothing is lost until then."
        )
    return house


def folder_shelf(path: Path) -> Shelf:
    """Return a folder for backups."""
    return FolderShelf(path)


def bucket_shelf(address: str) -> Shelf:
    """Return a bucket for backups: s3://bucket/prefix."""
    # Here alone: the library takes a while to load, and no page needs it.
    from consent.vault.buckets import BucketShelf

    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    return BucketShelf(bucket, prefix)


def search_key_folder(settings: Settings) -> SearchKeyFolder:
    """Return where the keys are that people are found by, for the command that changes them."""
    return SearchKeyFolder(key_folder(settings))


def key_folder(settings: Settings) -> KeyFolder:
    """Return the folder with the keys, for the commands that look after them."""
    at = settings.hardware
    return KeyFolder(settings.key_dir, HardwareModule(at.library, at.token, at.pin_file) if at else None)


def sealing_place(settings: Settings, folder: KeyFolder) -> materials.SealingPlace:
    """Return where the sealing key is, for the start and for the commands that look after its certificate."""
    return materials.SealingPlace(folder, settings.sealing_key, settings.sealing_certificate, settings.sealing_crl)


def _database_and_keys(settings: Settings, folder: KeyFolder, search: SearchKeyFolder) -> tuple[Engine, Keyring]:
    """Open the database and bring it up to date. Raises: CannotStart."""
    database = bringing_up.opened(settings.database_url)
    with bringing_up.telling(database):
        # Keys are made for an empty database only: in place of lost ones, new keys would open nothing.
        try:
            if is_empty(database):
                folder.make()
                search.make()
            keyring = folder.load()
            search.load()
        except KeyTrouble:
            database.dispose()
            raise
        bringing_up.bring_up(database, settings.migration_url, ROOT / "migrations")
    return database, keyring


def migrate(settings: Settings) -> bool:
    """Bring the schema up to date; return whether custody is out of reach of the program's own role."""
    return bringing_up.migrate(settings.database_url, settings.migration_url, ROOT / "migrations")


def keep_demo(settings: Settings, content: Mapping[str, Any]) -> None:
    """Write demo.json, whole or not at all, for its owner alone."""
    replace_private(settings.instance / DEMO_MARK, (json.dumps(content, indent=2) + "\n").encode())


def keep_demo_file(settings: Settings, name: str, content: bytes) -> Path:
    """Write a file beside demo.json, for its owner alone; return where."""
    replace_private(settings.instance / name, content)
    return settings.instance / name


def read_demo(settings: Settings) -> dict[str, Any]:
    """Return what demo.json says; empty where there is none."""
    try:
        found: dict[str, Any] = json.loads((settings.instance / DEMO_MARK).read_text())
    except FileNotFoundError:
        return {}
    return found


def check_tls(settings: Settings) -> None:
    """Return if the TLS files can be used together. Raises: CannotStart."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ValueError) as error:
        raise CannotStart(
            f"The TLS files {settings.tls_certificate} and {settings.tls_key} cannot be used together."
        ) from error


def _check_kind(settings: Settings) -> None:
    """A demonstration uses only a folder that it made, and a real instance never one that a demonstration made."""
    occupied = settings.instance.exists() and any(settings.instance.iterdir())
    marked = (settings.instance / DEMO_MARK).exists()
    if settings.demo and occupied and not marked:
        raise CannotStart(f"{settings.instance} was not made by --demo: name another folder in CONSENT_INSTANCE.")
    if not settings.demo and marked:
        raise CannotStart(
            f"{settings.instance} was made by --demo: name another folder in CONSENT_INSTANCE, "
            "or set CONSENT_DEMO=yes to ask the demonstration."
        )


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    if settings.demo:
        return KeptMailer(settings.instance / "mail.jsonl", clock)
    if settings.smtp is None:
        return AbsentMailer()
    smtp = settings.smtp
    password = smtp.password_file.read_text().strip() if smtp.password_file else ""
    return SmtpMailer(smtp.host, smtp.port, smtp.sender, clock, Security(smtp.security), smtp.username or "", password)


def _stamper(settings: Settings) -> Stamper | None:
    """Return the time-stamp authority, if there is one. Raises: CannotStart."""
    authority = settings.time_authority
    if authority is None:
        return None
    try:
        return Stamper(authority.url, load_trust(authority.certificates.read_bytes()))
    except (OSError, BadSealing) as error:
        raise CannotStart(f"{authority.certificates} (CONSENT_TSA_CERTIFICATES) holds no PEM certificates.") from error


def _terms(settings: Settings) -> Terms:
    return Terms(
        public_url=settings.public_url,
        zone=settings.zone,
        demo=settings.demo,
        second_factor_required=settings.second_factor_required,
        idle=timedelta(minutes=settings.idle_minutes),
        away=timedelta(minutes=settings.away_minutes),
        own_takedown=timedelta(hours=settings.own_takedown_hours),
        other_takedown_workdays=settings.other_takedown_workdays,
        holidays=settings.holidays,
        age_of_majority=settings.age_of_majority,
        assent_age=settings.assent_age,
        mark_witnesses=settings.mark_witnesses,
        keep_stroke_times=settings.keep_stroke_times,
        renew_stamps=timedelta(days=settings.time_authority.renew_days if settings.time_authority else 90),
        ask_issuers=settings.ask_issuers,
        keep_years=settings.keep_years,
        keep_years_after_majority=settings.keep_years_after_majority,
        paper_size=settings.paper_size,
        common_passwords=frozenset((ROOT / "consent/web/common_passwords.txt").read_text().split()),
    )


def trail_words() -> TrailWords:
    """Return how the trail is told in plain words."""
    return custody_words.TRAIL


def make_front(settings: Settings, house: House) -> Front:
    """Return what the pages need besides the house."""
    hosts = ("127.0.0.1", "localhost") if settings.loopback_only else ()
    return Front(settings.templates, house.keyring.session_secret, settings.behind_proxy, hosts)


def create_app() -> Flask:
    """Return the application that the environment describes: what a WSGI server loads."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("consent").setLevel(logging.INFO)
    settings = settings_from()
    house = replace(restoring.must_be_checked(make_house(settings)), press=Press())
    return make_application(house, make_front(settings, house), (*DESKS, *_demo_desks(settings, house)))


def _demo_desks(settings: Settings, house: House) -> tuple[Desk, ...]:
    """Return the desk that only a demonstration has: elsewhere its pages are not there at all."""
    if not settings.demo or not isinstance(house.mailer, KeptMailer):
        return ()
    return (demo_desk.make_desk(lambda: read_demo(settings), house.mailer.kept),)


def mendable() -> tuple[type[Exception], ...]:
    """Return the errors at start whose message is written for the administrator."""
    return (CannotStart, SettingsError, KeyTrouble, BadForm, BadSealing, ShelfTrouble, restoring.NotSound)
