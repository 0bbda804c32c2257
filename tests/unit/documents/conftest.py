"""Real printing and real sealing; made once, because both are slow to start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import paper_samples
import pytest

from consent.documents.certificates import Certificate, Sealing
from consent.documents.issuing import Authority, make_authority
from consent.documents.printing import Printer
from consent.documents.sealing import Sealer
from consent.documents.stamped import add_stamp
from tests import authority as tsa

TEMPLATES = Path(__file__).parents[3] / "templates"
NOW = datetime(2026, 11, 22, 15, 41, tzinfo=UTC)


@dataclass(frozen=True)
class Seals:
    """One organisation's sealing."""

    authority: Authority
    sealer: Sealer
    certificate: Certificate


def seals(name: str = "Mercy Valley Hospital", demo: bool = False, now: datetime = NOW) -> Seals:
    authority = make_authority(name, demo, now)
    sealing = Sealing.from_pem(authority.sealing_key, authority.sealing_certificate, authority.root_certificate)
    return Seals(authority, Sealer(sealing), sealing.certificate)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def printer() -> Printer:
    return Printer(TEMPLATES, specimen=False)


@pytest.fixture(scope="session")
def demo_printer() -> Printer:
    return Printer(TEMPLATES, specimen=True)


@pytest.fixture(scope="session")
def house() -> Seals:
    return seals()


@pytest.fixture(scope="session")
def demo_house() -> Seals:
    return seals(demo=True)


@pytest.fixture(scope="session")
def look_alike() -> Seals:
    """Another authority whose certificates bear the very same names."""
    return seals()


@pytest.fixture(scope="session")
def english(printer: Printer) -> bytes:
    return printer.print_paper(paper_samples.ENGLISH)


@pytest.fixture(scope="session")
def sealed(english: bytes, house: Seals) -> bytes:
    return house.sealer.seal(english, "Sealed by Mercy Valley Hospital", NOW)


@pytest.fixture(scope="session")
def stamping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tsa.Authority]:
    """A time-stamp authority."""
    with tsa.running(tsa.make(tmp_path_factory.mktemp("tsa"))) as running:
        yield running


@pytest.fixture(scope="session")
def stamped(sealed: bytes, stamping: tsa.Authority) -> bytes:
    """The sealed file with one time-stamp after it."""
    return add_stamp(sealed, stamping.stamper(), 1)
