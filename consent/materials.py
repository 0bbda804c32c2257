"""What the house seals with, put together from the key folder and the hardware module.

<key folder>/secrets/sealing/           our own root, and the first certificate under it
<key folder>/secrets/sealing-ID/        a certificate that came later, with its key unless that is in the module
<key folder>/secrets/current-sealing    which of these seals; without it, the first
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from consent.acts.certificate_care import CERTIFICATE, CURRENT, FIRST, KEY, NAME, ROOT, ROOT_KEY
from consent.documents.certificates import BadSealing, CannotSeal, Certificate, Sealing
from consent.documents.importing import chain_from
from consent.documents.issuing import certify, make_authority, make_root
from consent.documents.revoked import RevocationList
from consent.documents.sealing import Sealer
from consent.records.bringing_up import CannotStart
from consent.vault.hardware import HardwareModule
from consent.vault.keys import KeyFolder, KeysMissing
from consent.vault.trouble import HardwareTrouble

# A demonstration tells a story that began before today, and its seal was there from the first day on.
DEMO_HISTORY = timedelta(days=2 * 365)


@dataclass(frozen=True)
class SealingPlace:
    """Where the sealing key is: `key_name` in the module, or else in the key folder."""

    folder: KeyFolder
    key_name: str | None = None
    certificate_file: Path | None = None
    crl_file: Path | None = None

    @property
    def public_key(self) -> bytes | None:
        """The public half of a key in the module, in DER; None for a key in the folder. Raises: vault KeyTrouble."""
        return None if self.key_name is None else _module(self).public_key(self.key_name)

    def in_use(self) -> tuple[str, str]:
        """Name the key that wraps and the certificate that seals: both change under a running server.

        Raises: vault KeyTrouble.
        """
        return self.folder.current_kek_id(), _current(self.folder)


def sealer(place: SealingPlace, *, demo: bool, now: datetime) -> Sealer:
    """Return what seals; a root, a key and a certificate are made now if there are none.

    Raises: CannotStart (the keys of the other kind of installation); documents BadSealing; vault KeyTrouble.
    """
    sealing = _in_folder(place.folder, demo, now) if place.key_name is None else _in_module(place, place.key_name, now)
    if sealing.certificate.is_demo != demo:
        whose = "a demonstration" if sealing.certificate.is_demo else "a real installation"
        raise CannotStart(f"The keys in {place.folder.path} are those of {whose}: name other folders.")
    return Sealer(sealing, RevocationList(place.crl_file) if place.crl_file else None)


def _in_folder(folder: KeyFolder, demo: bool, now: datetime) -> Sealing:
    def make() -> dict[str, bytes]:
        made = make_authority(NAME, demo=demo, now=now - DEMO_HISTORY if demo else now)
        return {
            ROOT_KEY: made.root_key, ROOT: made.root_certificate,
            KEY: made.sealing_key, CERTIFICATE: made.sealing_certificate,
        }  # fmt: skip

    kept = _chosen(folder, make)
    if KEY not in kept:
        raise KeysMissing("The sealing key is in a hardware module: name it in CONSENT_SEALING_KEY.")
    return Sealing.from_pem(kept[KEY], kept[CERTIFICATE], kept.get(ROOT, b""))


def _in_module(place: SealingPlace, key_name: str, now: datetime) -> Sealing:
    module, folder = _module(place), place.folder
    public = module.public_key(key_name)

    def sign(content: bytes) -> bytes:
        try:
            return module.sign(key_name, content)
        except HardwareTrouble as error:
            raise CannotSeal("key-out-of-reach") from error

    if place.certificate_file is not None:
        try:
            return Sealing.of(sign, public, place.certificate_file.read_bytes())
        except (BadSealing, OSError) as error:
            raise CannotStart(f"The certificate in {place.certificate_file} cannot be used: {error}.") from error
    made = _first_for(public, now)
    for pem in _certificates_for(public, module, folder, made):
        if pem is not None and Certificate.load(pem).is_for(public):
            return Sealing.of(sign, public, pem)
    # The key is new, and the hospital has no certificate for it: our own root vouches for it.
    root = folder.secret_set(FIRST, made)
    pem = certify(root[ROOT_KEY], root[ROOT], public, NAME, demo=False, now=now)
    name = f"{FIRST}-{hashlib.sha256(public).hexdigest()[:16]}"
    return Sealing.of(sign, public, _whole(folder.secret_set(name, lambda: {CERTIFICATE: pem + root[ROOT]})))


def _certificates_for(
    public: bytes, module: HardwareModule, folder: KeyFolder, make: Callable[[], dict[str, bytes]]
) -> Iterator[bytes | None]:
    """Give what may be this key's certificate: what was imported or renewed, what lies beside the key, the first."""
    chosen = folder.secret(CURRENT) is not None
    if chosen:
        yield _whole(_chosen(folder, make))
    yield chain_from(public, module.certificates())
    if not chosen:
        yield _whole(_chosen(folder, make))


def _first_for(public: bytes, now: datetime) -> Callable[[], dict[str, bytes]]:
    def make() -> dict[str, bytes]:
        key, root = make_root(NAME, demo=False, now=now)
        return {ROOT_KEY: key, ROOT: root, CERTIFICATE: certify(key, root, public, NAME, demo=False, now=now)}

    return make


def _chosen(folder: KeyFolder, make: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    current = _current(folder)

    def missing() -> dict[str, bytes]:
        raise KeysMissing(f"The sealing certificate {current} is missing from {folder.path}.")

    return folder.secret_set(current, make if current == FIRST else missing)


def _current(folder: KeyFolder) -> str:
    return (folder.secret(CURRENT) or FIRST.encode()).decode().strip()


def _whole(kept: dict[str, bytes]) -> bytes:
    return kept[CERTIFICATE] + kept.get(ROOT, b"")


def _module(place: SealingPlace) -> HardwareModule:
    if place.folder.module is None:
        raise KeysMissing("There is no hardware module in the settings: set CONSENT_PKCS11_MODULE.")
    return place.folder.module
