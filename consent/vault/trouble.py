"""What can be wrong with keys, as one plain line for the administrator."""

from __future__ import annotations


class KeyTrouble(Exception):
    """The keys cannot be used; the message is one plain line for the administrator."""


class KeysMissing(KeyTrouble):
    """A key that should be there is not. Nothing is made in its place: what it protects would be lost."""


class KeysUnsafe(KeyTrouble):
    """A key is where, or as, others could get at it, or it cannot be read, written or understood."""


class KeysBusy(KeyTrouble):
    """Somebody else is changing the key that wraps."""


class HardwareTrouble(KeyTrouble):
    """The hardware module, its token, its PIN or a key in it is not as the settings say, or is out of reach."""
