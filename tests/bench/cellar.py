"""Prepared databases, kept between runs in a folder that git ignores. Each belongs to one schema."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.database.postgres import Cluster
from tests.factory import ROOT

CELLAR = ROOT / "build" / "bench"

Fill = Callable[[str, Path], object]


def _stamp() -> str:
    """What a prepared database depends on: the schema, and how it was filled."""
    sources = [*sorted((ROOT / "migrations" / "versions").glob("*.py")), Path(__file__).with_name("archive.py")]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def sqlite(images: int, fill: Fill) -> str:
    """The address of a prepared SQLite file; filled now if there is none."""
    CELLAR.mkdir(parents=True, exist_ok=True)
    for old in CELLAR.glob(f"images-{images}-*"):
        if _stamp() not in old.name:
            old.unlink()
    file = CELLAR / f"images-{images}-{_stamp()}.sqlite"
    if not file.exists():
        filling = CELLAR / f"filling-{images}.sqlite"
        for left in CELLAR.glob(f"{filling.name}*"):
            left.unlink()
        fill(f"sqlite:///{filling}", CELLAR)
        filling.rename(file)
    return f"sqlite:///{file}"


def postgresql(cluster: Cluster, images: int, fill: Fill) -> str:
    """The address of a prepared database in a cluster that is kept; filled now if there is none."""
    name = f"images_{images}_{_stamp()}"
    kept = cluster.databases()
    if name not in kept:
        for old in kept:
            if old.startswith((f"images_{images}_", "filling")):
                cluster.drop(old)
        cluster.make("filling")
        fill(cluster.url("filling"), CELLAR)
        cluster.rename("filling", name)
    return cluster.url(name)


def free() -> int:
    """Bytes left where the cellar is."""
    CELLAR.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(CELLAR).free
