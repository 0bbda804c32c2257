"""Where something is, or would be, posted: channel, purpose and account, as every form asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from consent.acts.posting import KnownAccount
from consent.web.desk import Visit
from consent.web.form import Form
from consent.web.posting_words import channels, known_account, purposes

FIELDS = ("channel", "purpose", "account")


@dataclass(frozen=True)
class Chosen:
    """What was chosen. No account: the organisation's own."""

    channel: str
    purpose: str
    account: KnownAccount | None

    @property
    def account_name(self) -> str | None:
        """The account's name, as the acts ask for it."""
        return self.account.name if self.account is not None else None


def asked_before() -> dict[str, str]:
    """Return what a page before has asked already, from its link: codes only."""
    return {name: request.args[name] for name in FIELDS if name in request.args}


def read_place(
    visit: Visit,
    form: Form,
    where: str = "Choose where it will be posted.",
    what_for: str = "Choose what it is for.",
) -> Chosen:
    """Return what the form says, each mistake noted beside its field. `where`, `what_for`: the sentences if missing."""
    channel = form.choice("channel", tuple(code for code, _ in channels(visit)), where)
    purpose = form.choice("purpose", tuple(code for code, _ in purposes(visit)), what_for)
    named = form.text("account")
    account = known_account(visit, named) if named else None
    if named and account is None:
        form.wrong("account", "Choose an account from the list.")
    if account is not None and channel and account.channel != channel:
        form.wrong("account", "This account is on another channel.")
    return Chosen(channel or "", purpose or "", account)
