from __future__ import annotations

import pytest

from consent.vault.keyring import Keyring, fresh_keyring


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return fresh_keyring()
