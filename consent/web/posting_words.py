"""The words of the desks for asking, releasing and posting."""

from __future__ import annotations

from collections.abc import Mapping

from consent.acts.posting import Answer, KnownAccount, accounts
from consent.acts.verdicts import Place
from consent.rules.caption import FindingCode
from consent.rules.scope import ORGANISATION
from consent.web.desk import Visit

REASONS: Mapping[str, str] = {
    "role": "Your roles do not include this.",
    "channel-unknown": "Choose a channel from the list.",
    "interest-reason-missing": "The person who asked the patient should not be the one who gains from the post. Say "
    "why it is so here. It is kept, and the privacy officer can read it.",
    "purpose-unknown": "Choose a purpose from the list.",
    "verdict-not-linked": "{image}: it is not linked to a signed consent.",
    "verdict-use-not-agreed": "{image}: this use was not agreed to.",
    "verdict-withdrawn": "{image}: consent for this use was withdrawn.",
    "verdict-expired": "{image}: the consent has expired.",
    "verdict-condition-open": "{image}: a condition is still open. Where a person wants to see it first, only the "
    "picture with the very caption that was agreed to may go out.",
    "verdict-on-hold": "{image}: it is on hold. Ask the privacy officer.",
    "missing": "This is needed.",
    "item-unanswered": "{item}: choose an answer.",
    "item-not-met": "{item}: this must be a yes before it can be posted.",
    "item-always-applies": "{item}: this always applies.",
    "caption-too-long": "Use 5000 characters or fewer.",
    "second-approver-needed": "Another person must approve it: whoever posts is never the only one.",
    "post-not-planned": "This post is not waiting any more.",
    "post-not-approved": "Nobody has approved this post yet.",
    "post-settled": "This post is settled already.",
    "post-not-out": "This post is not out.",
    "address-not-a-link": "Enter the whole address. It begins with https://",
    "time-in-future": "This time has not come yet.",
    "release-settled": "This release is settled already.",
    "why-missing": "Choose one of these.",
    "finding-missing": "Choose what you found.",
    "incident-closed": "This incident is closed already.",
    "other-unit": "This consent was taken in another unit. Ask them, or the privacy officer.",
    "not-signed": "This consent was never signed.",
    "already-void": "This consent is void already.",
    "already-suspended": "This consent is on hold already.",
    "not-suspended": "This consent is not on hold.",
}

BAD_ID: Mapping[str, str] = {
    "format": "This is not an image ID. It looks like IMG-7K3Q-9XTF-3.",
    "check": "One of the characters is wrong. Compare the image ID once more.",
}

ITEMS: Mapping[str, str] = {
    "released-file": "The file is the released one, with nothing written on it and no hidden data",
    "nobody-else-and-no-marks": "No face, tattoo, jewelry, wristband, screen or other person that was not agreed to",
    "caption-tells-no-more": (
        "The caption has no date, age over 89, place, job, family or news, and no joke at the patient's expense"
    ),
    "rare-case-reviewed": "If the case is rare, a second reader has looked at it",
    "claims-fair-and-sponsor-named": "Claims are fair, nothing is promised, and any sponsor is named",
    "policy-met": "It fits our own rules",
    "comments-planned": "Somebody watches the comments: no advice, nobody confirmed as a patient",
}
SHORT_ITEMS: Mapping[str, str] = {
    "released-file": "The file",
    "nobody-else-and-no-marks": "Faces, marks and other people",
    "caption-tells-no-more": "The caption",
    "rare-case-reviewed": "A rare case",
    "claims-fair-and-sponsor-named": "Claims and sponsors",
    "policy-met": "Our own rules",
    "comments-planned": "The comments",
}
"""What each item is called where it stands alone, as in the list of what is wrong."""
ALL_ITEMS: Mapping[str, str] = {
    "verdict-yes": "The answer was yes",
    "consent-in-force": "The consent is in force",
    "shown-first": "It was shown first, where that was wished",
    **ITEMS,
    "second-approver": "A second person approved it",
    "post-recorded": "Address and time are recorded",
}
TICKS = (("yes", "Yes"), ("no", "No"), ("not-applicable", "Does not apply"))
ANSWERS: Mapping[str, str] = {"yes": "Yes", "no": "No", "not-applicable": "Does not apply"}

FINDINGS: Mapping[str, str] = {
    FindingCode.DATE: "A date",
    FindingCode.RELATIVE_DATE: "A day that can be worked out",
    FindingCode.AGE_OVER_89: "An age over 89",
    FindingCode.PLACE: "A place",
    FindingCode.NAME: "A name",
    FindingCode.INITIALS: "Initials",
    FindingCode.RECORD_NUMBER: "A record number",
    FindingCode.TELEPHONE: "A telephone number",
    FindingCode.EMAIL: "An e-mail address",
    FindingCode.HASHTAG_PLACE: "A place in a hashtag",
    FindingCode.SENSITIVE: "A topic that needs a yes of its own",
}

STATES: Mapping[str, str] = {
    "planned": "Waits for approval",
    "approved": "Approved, not posted yet",
    "live": "Out",
    "review": "Out, to be looked at again",
    "flagged": "Must come down",
    "gone": "Gone",
    "cannot-remove": "Cannot be removed",
    "dropped": "Given up",
}
WHY: Mapping[str, str] = {
    "revoked": "Consent was withdrawn",
    "expired": "The consent expired",
    "unlinked": "The picture was linked wrongly",
    "void": "The consent was entered in error",
    "majority": "The person came of age",
    "no-consent": "Posted without a valid consent",
}
SUSPENSIONS = (
    ("dispute", "Somebody disputes it"),
    ("capacity", "The person can no longer decide"),
    ("abuse", "There is concern about abuse"),
    ("guardianship", "The guardianship ended"),
    ("death", "The person died"),
    ("majority", "The person came of age"),
    ("other", "Another reason"),
)


def channels(visit: Visit) -> list[tuple[str, str]]:
    """Return every channel's code and name."""
    return [(code, each.words["en"].name) for code, each in visit.house.forms.channels.items()]


def purposes(visit: Visit) -> list[tuple[str, str]]:
    """Return every purpose's code and name."""
    return [(code, each.words["en"].name) for code, each in visit.house.forms.purposes.items()]


def account_choices(visit: Visit) -> list[tuple[str, str]]:
    """Return the registered accounts to choose from, each with its channel."""
    names = dict(channels(visit))
    return [(each.id, f"{names.get(each.channel, each.channel)}: {each.name}") for each in accounts(visit.house)]


def known_account(visit: Visit, account_id: str) -> KnownAccount | None:
    """Return the account with this ID, or None."""
    return next((each for each in accounts(visit.house) if each.id == account_id), None)


def where(visit: Visit, place: Place) -> str:
    """Return channel, purpose and account in one line."""
    channel = dict(channels(visit)).get(place.channel, place.channel)
    purpose = dict(purposes(visit)).get(place.purpose, place.purpose)
    if place.account_name:
        account = f"account {place.account_name}"
    else:
        account = "our own account" if place.account == ORGANISATION else "another account"
    return f"{channel}, for {purpose[:1].lower()}{purpose[1:]}, {account}"


def in_one_line(visit: Visit, answer: Answer) -> str:
    """Return what was asked, in one line."""
    return f"{where(visit, answer.place)}, on {answer.day:%B} {answer.day.day}, {answer.day.year}"
