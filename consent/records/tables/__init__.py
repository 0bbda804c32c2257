"""Every table, so that importing this module fills `base.metadata`."""

from __future__ import annotations

from consent.records.tables import (
    consents,
    custody,
    images,
    organisation,
    owed,
    posts,
    retention,
    revocations,
    showings,
    staff,
    stamps,
    ways,
)

__all__ = [
    "consents",
    "custody",
    "images",
    "organisation",
    "owed",
    "posts",
    "retention",
    "revocations",
    "showings",
    "staff",
    "stamps",
    "ways",
]
