"""All desks, in the order in which they are registered."""

from __future__ import annotations

from consent.web import (
    account,
    consent_mistakes,
    consents,
    copying,
    creating,
    custody,
    home,
    incidents,
    invitation,
    kept,
    linking,
    organisation,
    own_papers,
    papers,
    pictures,
    posting,
    posts,
    releases,
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
    posting.desk,
    releases.desk,
    posts.desk,
    incidents.desk,
    consent_mistakes.desk,
)
