"""A revocation that touches 1,000 live posts, in one transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from consent.acts import revocation
from consent.acts.change_of_mind import Change, Scope, Way
from tests.bench.measure import Row, Watch
from tests.database.out_there import ALLOWED, Office
from tests.database.postgres import Cluster
from tests.factory import Clock, Factory, make_house

SECTION = "Revocation with 1,000 posts, one transaction"
POSTS = 1000
AT_MOST = 1000  # milliseconds


def rows(*, runs: int) -> Iterator[Row]:
    """Revoke `runs` consents with their posts on each database."""
    with tempfile.TemporaryDirectory() as folder:
        yield _measure("SQLite", f"sqlite:///{folder}/consent.sqlite", Path(folder), runs)
    with tempfile.TemporaryDirectory() as folder, Cluster.kept(Path(folder)) as cluster:
        cluster.make("revocation")
        yield _measure("PostgreSQL", cluster.url("revocation"), Path(folder), runs)


def _measure(what: str, url: str, folder: Path, runs: int) -> Row:
    watch, clock = Watch(), Clock()
    house = make_house(url, folder, clock)
    factory = Factory(house, clock)
    factory.ready_organisation()
    office = Office(house, factory)
    for run in range(runs + 1):
        made = factory.signed_consent(allow=ALLOWED)
        office.many_live(POSTS, made, factory.ready_picture(made))
        change = Change(made, Scope.FORM, Way.IN_PERSON, known_how="He stood before us.")
        with watch.timing("revoke" if run else "warm"):
            done = revocation.revoke(house, factory.clinician(), change)
        if done.posts != POSTS:
            raise RuntimeError(f"{done.posts} posts were flagged, not {POSTS}")
    house.engine.dispose()
    return watch.row(SECTION, "revoke", what, AT_MOST)
