"""All desks, in the order in which they are registered."""

from __future__ import annotations

from consent.web import (
    account,
    custody,
    home,
    invitation,
    kept,
    linking,
    organisation,
    pictures,
    reviewing,
    sign_in,
    staffing,
)
from consent.web.desk import Desk

DESKS: tuple[Desk, ...] = (
    home.desk,
    sign_in.desk,
    invitation.desk,
    kept.desk,
    custody.desk,
    account.desk,
    staffing.desk,
    organisation.desk,
    pictures.desk,
    reviewing.desk,
    linking.desk,
)
