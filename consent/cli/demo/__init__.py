"""A fictitious hospital to try everything in: people, consents, pictures, posts, made through the acts.

demo.json in the instance folder holds the sign-ins and what can be tried on what. It is also the mark that the
folder was made by a demonstration, so it is the first thing written, and says at the end that all is there.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import click

from consent.acts.house import House
from consent.cli.demo import people, story
from consent.wiring import DEMO_MARK, Settings, keep_demo, keep_demo_file, read_demo

SIGNED_PDF = "signed-consent.pdf"


class StoryClock:
    """A clock that tells the hospital's past: it goes on by a second with every look, and never back."""

    def __init__(self, today: datetime) -> None:
        self.today = today
        self.now = today - timedelta(days=story.BEGAN_DAYS_AGO)

    def __call__(self) -> datetime:
        """Return the time at which this act of the story happens (UTC)."""
        self.now += timedelta(seconds=1)
        return self.now

    def go_to(self, **ago: float) -> None:
        """Go on to so long before today, unless it is later already."""
        self.now = max(self.now, self.today - timedelta(**ago))


def sweep_unfinished(settings: Settings) -> None:
    """Delete what a demonstration left that was interrupted while it was being made; its mark stays.

    A finished one, and any folder that no demonstration made, is left as it is.
    """
    if read_demo(settings).get("complete") is not False:
        return
    for path in settings.instance.iterdir():
        if path.name == DEMO_MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def furnish(house: House, settings: Settings) -> Mapping[str, Any]:
    """Make the hospital, once; return what demo.json says. A second time nothing is added."""
    kept = read_demo(settings)
    if kept.get("complete"):
        return _moved(kept, settings)
    click.echo("Furnishing a demo hospital: half a minute, once.")
    clock = StoryClock(house.clock())
    then = replace(house, clock=clock)
    staff = people.hire(then, clock)
    told = story.tell(then, clock, staff)
    made = {
        "demo": True,
        "complete": True,
        "public_url": house.terms.public_url,
        "accounts": {part: member.account for part, member in staff.items()},
        **told.facts,
        "signed_pdf": str(keep_demo_file(settings, SIGNED_PDF, told.signed_pdf)),
    }
    keep_demo(settings, made)
    return made


def _moved(kept: dict[str, Any], settings: Settings) -> Mapping[str, Any]:
    """Return demo.json with its link at the address of today: the server may have got another port."""
    before, now = kept["public_url"], settings.public_url
    if before != now:
        kept["withdrawal"]["link"] = now + kept["withdrawal"]["link"].removeprefix(before)
        kept["public_url"] = now
        keep_demo(settings, kept)
    return kept


def sign_ins(made: Mapping[str, Any], settings: Settings) -> list[str]:
    """Return the lines that say what to open and how to sign in."""
    rows = [(each["part"], each["email"], each["password"]) for each in made["accounts"].values()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    ready = made["ready_to_sign"]
    return [
        "",
        "Demonstration: everything is fictitious. Enter no real patient.",
        "",
        *(f"  {line}" for line in table),
        "",
        f"Codes for signing in: {settings.public_url}/demo   Mail: {settings.public_url}/demo/mail",
        f"Ready to sign: consent {ready['number']}   All of this: {settings.instance / DEMO_MARK}",
        f"Open {settings.public_url}   (Ctrl-C stops it)",
    ]
