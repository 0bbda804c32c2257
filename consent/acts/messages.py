"""What a mail says: IDs and a link, never anything about a patient. Links are built from the public address alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from consent.acts.house import House
from consent.formbook import Words
from consent.mailer import Message

MOST_LISTED = 50


@dataclass(frozen=True)
class Saying:
    """One kind of mail to staff: its subject, its first sentence, and the page where one acts on it."""

    subject: str
    text: str
    page: str


STAFF: Mapping[str, Saying] = {
    "revocation-poster": Saying(
        "Posts to take down",
        "A consent was withdrawn. Posts that you recorded rest on it and must come down.",
        "/takedowns",
    ),
    "revocation-release-holder": Saying(
        "A release has ended",
        "A consent was withdrawn. Pictures that were released to you must not be posted. Delete your copies.",
        "/takedowns",
    ),
    "revocation-communications": Saying(
        "A consent was withdrawn", "Nothing that rests on it may be posted any more.", "/takedowns"
    ),
    "revocation-privacy-officer": Saying(
        "A consent was withdrawn", "Nothing that rests on it may be posted any more.", "/revocations/{request}"
    ),
    "takedown-overdue": Saying(
        "Takedowns are overdue", "These were not settled in time.", "/takedowns"
    ),
    "takedown-chase": Saying(
        "Takedowns still open", "Look whether each of these is gone, and record what you saw.", "/takedowns"
    ),
    "showing-agreed": Saying(
        "A planned post was agreed to",
        "The person has seen your planned post and agreed to it: this picture with this caption, there. Plan it now.",
        "/showings",
    ),
    "showing-declined": Saying(
        "A planned post was not agreed to",
        "The person has seen your planned post and would rather not have it shown. Please do not ask why: nothing is "
        "wrong with your work, and nothing was posted. You may plan another one.",
        "/showings",
    ),
    "person-invited": Saying(
        "Somebody was invited",
        "An administrator has made an account. Find out who it is for, and that this is another person than whoever "
        "made it: two accounts of one person would undo every rule that asks for two people.",
        "/tasks",
    ),
    "link-made": Saying(
        "A link for a new password was made",
        "An administrator has made a link for a new password, for an account without a second factor. Whoever holds it "
        "can sign in as that person: ask the person whether it was asked for, and arrived.",
        "/tasks",
    ),
    "roles-given": Saying(
        "Somebody was given further roles",
        "An administrator has given an account roles that it did not have. Find out who asked for it, and why.",
        "/tasks",
    ),
    "backup-restored": Saying(
        "A backup was put back",
        "Everything stands as it did when the backup was made. What was withdrawn since is in force again, and "
        "accounts that were closed since are open: both must be entered anew before anybody posts.",
        "/tasks",
    ),
    "certificate-ending": Saying(
        "A certificate of the seal ends",
        "A certificate that the seal of signed forms rests on ends within 90 days. When it has ended, nobody can sign. "
        "What was sealed before stays genuine.",
        "/keys",
    ),
    "consent-expiring": Saying("A consent will expire", "After that day nothing new may be posted on it.", "/tasks"),
    "release-unposted": Saying(
        "Released, and no post recorded",
        "You took this picture out a week ago or more. Record its post, or say that it was not used.",
        "/tasks",
    ),
}  # fmt: skip

# The order in which IDs are listed, and what they are called there.
LISTED = {
    "request": "Request",
    "consent": "Consent",
    "post": "Post",
    "takedown": "Takedown",
    "release": "Release",
    "image": "Image",
    "staff": "Account",
}

OUTSIDE = (
    "A permission to show medical pictures was withdrawn. Please take down what you were given by us, pass this on "
    "to whomever you gave it, and answer the privacy office when it is done."
)


def to_staff(house: House, notice_id: str, kind: str, about: Mapping[str, Sequence[str]], address: str) -> Message:
    """Return the mail for a member of staff."""
    said = STAFF[kind]
    request = next(iter(about.get("request", ())), "")
    link = house.terms.public_url + said.page.format(request=request)
    body = "\n".join((said.text, "", *_listed(about), "", f"Sign in and act: {link}", ""))
    return Message(address, said.subject, body, notice_id)


def to_outside(
    notice_id: str, about: Mapping[str, Sequence[str]], address: str, *, organisation: str, office: str
) -> Message:
    """Return the mail for somebody who is not ours: which pictures, and whom to answer."""
    images = {"image": about.get("image", ()), "request": about.get("request", ())}
    body = "\n".join((OUTSIDE, "", *_listed(images), "", organisation, f"Privacy office: {office}", ""))
    return Message(address, "Please take down", body, notice_id)


def to_patient(house: House, notice_id: str, *, kind: str, words: Words, address: str, reference: str) -> Message:
    """Return the mail for the patient, in his language: that something is to be read where his card opens."""
    key = "letter" if kind == "revocation-letter" else "received"
    link = f"{house.terms.public_url}/withdraw"
    body = "\n\n".join(
        (words(f"mail.{key}"), link, words("mail.how"), words("letter.reference", reference=reference), "")
    )
    return Message(address, words(f"mail.{key}-subject"), body, notice_id)


def to_look(house: House, notice_id: str, words: Words, address: str) -> Message:
    """Return the mail that says, in his language, that there is something to look at where his card opens."""
    body = "\n\n".join((words("mail.showing"), f"{house.terms.public_url}/show", words("mail.how"), ""))
    return Message(address, words("mail.showing-subject"), body, notice_id)


def to_fetch(copy_id: str, words: Words, address: str, link: str, organisation: str) -> Message:
    """Return the mail with the link to a copy. It says nothing about the patient, and its code is not in it."""
    body = "\n\n".join((words("mail.copy", organisation=organisation), link, words("mail.copy-next"), ""))
    return Message(address, words("mail.copy-subject", organisation=organisation), body, copy_id)


def own_phone(reference: str, words: Words, address: str, link: str, organisation: str) -> Message:
    """Return the mail with the link to a signer's own phone. It says who writes, not why."""
    body = "\n\n".join((words("remote.mail", organisation=organisation), link, words("remote.mail-next"), ""))
    return Message(address, words("remote.mail-subject", organisation=organisation), body, reference)


def repeated(message: Message, words: Words) -> Message:
    """Return the same mail, which says of itself that it may have come before. It keeps its reference."""
    return replace(message, body=words("mail.again") + "\n\n" + message.body)


def _listed(about: Mapping[str, Sequence[str]]) -> list[str]:
    lines = []
    for name, called in LISTED.items():
        ids = list(about.get(name, ()))
        lines += [f"{called}: {each}" for each in ids[:MOST_LISTED]]
        if len(ids) > MOST_LISTED:
            lines.append(f"{called}: and {len(ids) - MOST_LISTED} more")
    return lines
