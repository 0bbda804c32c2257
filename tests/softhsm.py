"""A hardware module in software: tokens of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, KeyType

from consent.vault.hardware import HardwareModule

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "four plain words"


@dataclass(frozen=True)
class Token:
    """One token, and how to reach it."""

    label: str
    pin_file: Path

    def module(self) -> HardwareModule:
        return HardwareModule(LIBRARY, self.label, self.pin_file)

    def session(self) -> pkcs11.Session:
        """A session beside the module's, as another program would have it."""
        found = pkcs11.lib(str(LIBRARY)).get_token(token_label=self.label)
        try:
            return found.open(rw=True, user_pin=PIN)
        except pkcs11.UserAlreadyLoggedIn:
            return found.open(rw=True)

    def make_rsa(self, label: str, bits: int = 3072, **attributes: bool) -> None:
        template = {getattr(Attribute, name.upper()): value for name, value in attributes.items()}
        self.session().generate_keypair(
            KeyType.RSA, bits, id=label.encode(), label=label, store=True, private_template=template
        )

    def keep_certificate(self, der: bytes, label: str) -> None:
        self.session().create_object(
            {
                Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.LABEL: label,
                Attribute.ID: label.encode(),
                Attribute.SUBJECT: b"",
                Attribute.VALUE: der,
            }
        )


def make_place(folder: Path) -> None:
    """Afterwards tokens are kept in this folder, for this process and those that it starts."""
    (folder / "tokens").mkdir(mode=0o700, parents=True)
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)


def make_token(folder: Path, label: str) -> Token:
    """A new token with a PIN in a file."""
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "another PIN"],
        check=True,
        capture_output=True,
    )
    pin_file = folder / f"{label}.pin"
    pin_file.touch(mode=0o600)
    pin_file.write_text(PIN + "\n")
    # The library reads which tokens there are when it begins.
    pkcs11.lib(str(LIBRARY)).reinitialize()
    return Token(label, pin_file)
