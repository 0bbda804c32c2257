"""All desks, in the order in which they are registered."""

from __future__ import annotations

from consent.web import (
    account,
    consents,
    copying,
    creating,
    custody,
    home,
    invitation,
    kept,
    linking,
    organisation,
    own_papers,
    papers,
    pictures,
    reviewing,
    sign_in,
    signing,
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
    consents.desk,
    creating.desk,
    papers.desk,
    signing.desk,
    own_papers.desk,
    copying.desk,
    pictures.desk,
    reviewing.desk,
    linking.desk,
)
