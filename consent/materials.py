"""What the house seals with, put together from the key folder."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from consent.documents.certificates import Sealing
from consent.documents.issuing import make_authority
from consent.records.bringing_up import CannotStart
from consent.vault.keys import KeyFolder

# A demonstration tells a story that began before today, and its seal was there from the first day on.
DEMO_HISTORY = timedelta(days=2 * 365)
SEALING_FILES = ("root-key.pem", "root-certificate.pem", "sealing-key.pem", "sealing-certificate.pem")


def sealing(folder: KeyFolder, key_dir: Path, *, demo: bool, now: datetime) -> Sealing:
    """Return the sealing key and its certificate, made now if there are none.

    Raises: CannotStart (the keys of the other kind of installation); documents BadSealing; vault KeyTrouble.
    """

    def make() -> dict[str, bytes]:
        made = make_authority("Patient Media Consent", demo=demo, now=now - DEMO_HISTORY if demo else now)
        parts = (made.root_key, made.root_certificate, made.sealing_key, made.sealing_certificate)
        return dict(zip(SEALING_FILES, parts, strict=True))

    kept = folder.secret_set("sealing", make)
    _, root, key, certificate = (kept[name] for name in SEALING_FILES)
    found = Sealing.from_pem(key, certificate, root)
    if found.certificate.is_demo != demo:
        whose = "a demonstration" if found.certificate.is_demo else "a real installation"
        raise CannotStart(f"The keys in {key_dir} are those of {whose}: name other folders.")
    return found
