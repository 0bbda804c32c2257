"""Flask-Login on our own sign-ins: the browser holds a random token, the server decides whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g
from flask_login import LoginManager, UserMixin

from consent.acts import sessions
from consent.acts.actor import Actor
from consent.acts.house import House


@dataclass
class StaffUser(UserMixin):  # type: ignore[misc]
    """The signed-in person, as Flask-Login sees one. Its id is the sign-in's token, so that ending it ends it."""

    token: str
    signed_in: sessions.SignedIn

    @property
    def actor(self) -> Actor:
        """Return who acts."""
        return self.signed_in.actor

    @property
    def name(self) -> str:
        """Return the person's own name for the header."""
        return self.signed_in.name

    def get_id(self) -> str:
        """Return what Flask-Login keeps in the cookie."""
        return self.token


def install(login: LoginManager, house: House) -> None:
    """Teach Flask-Login to find a sign-in by its token."""
    login.session_protection = None

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> StaffUser | None:
        found = sessions.find(house, token)
        if isinstance(found, sessions.SignedIn):
            return StaffUser(token, found)
        # The gate and the sign-in page use this to keep what was typed for the same account.
        g.signed_out = found
        return None
