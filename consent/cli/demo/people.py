"""Who works in the demo hospital, and what the hospital says of itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp

from consent.acts import form_approvals, invitations, organisation, second_factor, sessions, sign_in, unlocking
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.rules.access import Role

HOSPITAL = "Harbor Hospital (fictitious)"
APPROVER = "Alex Sample (fictitious)"
# Letters that cannot be taken for one another.
LETTERS = "abcdefghjkmnpqrstuvwxyz"
EASY_PIN_DIGITS = 4


@dataclass(frozen=True)
class Part:
    """One part to play."""

    name: str
    email: str
    role: Role
    title: str
    unit: str = ""
    pin: bool = False


CAST: Mapping[str, Part] = {
    "administrator": Part("Robin Castell", "administrator@harbor.example", Role.ADMINISTRATOR, "Administrator"),
    "clinician": Part("Nora Whitfield", "nurse@harbor.example", Role.CLINICIAN, "Nurse", "Burns", pin=True),
    "surgeon": Part("Ines Keller", "surgeon@harbor.example", Role.CLINICIAN, "Surgeon", "Burns", pin=True),
    "communications": Part("Theo Marsh", "posts@harbor.example", Role.COMMUNICATIONS, "Communications, posts"),
    "approver": Part("Priya Anand", "approves@harbor.example", Role.COMMUNICATIONS, "Communications, approves"),
    "privacy-officer": Part("Caleb Osei", "privacy@harbor.example", Role.PRIVACY_OFFICER, "Privacy officer"),
    "auditor": Part("June Abbott", "auditor@harbor.example", Role.AUDITOR, "Auditor"),
}

INSTAGRAM = "@harborhospital"
ACCOUNTS = (
    ("instagram", INSTAGRAM),
    ("facebook", "Harbor Hospital"),
    ("tiktok", "@harborhospital"),
    ("youtube", "@harborhospital"),
    ("linkedin", "Harbor Hospital"),
    ("bluesky", "@harbor.example"),
    ("blog", "Harbor Hospital News"),
)


@dataclass(frozen=True)
class Member:
    """One person of the cast, as an actor and as demo.json tells of him."""

    actor: Actor
    account: dict[str, Any]


def hire(house: House, clock: Callable[[], datetime]) -> dict[str, Member]:
    """Make the staff, each with fresh secrets; then the organisation, its accounts and the approved forms."""
    link = invitations.first_link(house)
    if link is None:
        raise RuntimeError("This hospital has an administrator already.")
    staff = {"administrator": _join(house, clock, CAST["administrator"], link)}
    administrator = staff["administrator"].actor
    for name, part in CAST.items():
        if name not in staff:
            link = invitations.invite(
                house, administrator, email=part.email, name=part.name, roles=(part.role,), unit=part.unit
            )
            staff[name] = _join(house, clock, part, link)
    _open_hospital(house, administrator)
    return {name: staff[name] for name in CAST}


def _join(house: House, clock: Callable[[], datetime], part: Part, link: str) -> Member:
    """Take an invitation: a password, a second factor and perhaps a PIN, all fresh and random."""
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    token = invitations.accept(house, link.rpartition("/")[2], email=part.email, name=part.name, password=password)
    signed_in = sessions.find(house, token or "")
    if not isinstance(signed_in, sessions.SignedIn):
        raise RuntimeError(f"{part.email} could not sign in.")
    secret = second_factor.begin_set_up(house, signed_in.actor, signed_in.session_id)
    second_factor.confirm_set_up(house, signed_in.actor, signed_in.session_id, pyotp.TOTP(secret).at(clock()))
    second_factor.codes_are_kept(house, signed_in.actor)
    account = {
        "part": part.title,
        "role": part.role.value,
        "name": part.name,
        "email": part.email,
        "password": password,
        "totp_secret": secret,
    }
    if part.pin:
        account["pin"] = _new_pin()
        unlocking.set_pin(house, signed_in.actor, password, account["pin"])
    sign_in.sign_out(house, signed_in.actor, signed_in.session_id)
    actor = Actor("staff", signed_in.actor.id, signed_in.actor.roles, signed_in.actor.unit, second_factor=True)
    return Member(actor, account)


def _new_pin() -> str:
    """Return six digits of which four or more differ, so that none is refused as easy."""
    while True:
        pin = f"{secrets.randbelow(1_000_000):06}"
        if len(set(pin)) >= EASY_PIN_DIGITS and pin not in "01234567890" and pin not in "09876543210":
            return pin


def _open_hospital(house: House, administrator: Actor) -> None:
    organisation.save_details(
        house,
        administrator,
        legal_name=HOSPITAL,
        address="1 Example Quay\nPort Sample, ZZ 00000",
        privacy_office="Privacy Office, Harbor Hospital",
        privacy_phone="555-0142",
        privacy_email="privacy@harbor.example",
    )
    for channel, name in ACCOUNTS:
        organisation.add_account(house, administrator, channel=channel, name=name)
    for wording in form_approvals.wordings(house, administrator):
        form_approvals.approve(
            house,
            administrator,
            wording,
            approver_name=APPROVER,
            approver_role="Privacy counsel of the demonstration; no real person approved this wording",
            approved_on=house.today,
        )
