"""The plain words for codes that the pages about a change of mind show to staff."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "way-unknown": "Choose how the request reached us.",
    "known-how-missing": "Say how you knew who it was, or tick that you are not sure.",
    "words-long": "Use {most} characters or fewer.",
    "contact-bad": "Enter one e-mail address, for example name@example.com.",
    "part-missing": "Mark at least one part.",
    "mistaken-already": "This request was found mistaken before.",
    "takedown-settled": "This takedown is settled already.",
    "outcome-missing": "Choose what you found.",
    "time-missing": "Enter when you looked.",
    "evidence-missing": "Write what you saw, or add a screenshot.",
    "cause-missing": "Choose why it cannot be removed.",
    "note-missing": "Write what was done.",
    "note-long": "Use {most} characters or fewer.",
    "screenshot-large": "Choose a picture of up to 10 MB.",
    "screenshot-kind": "Choose a picture: PNG, JPEG or WebP.",
    "not-in-review": "Somebody has decided about this post already.",
    "not-owed": "This notice is not waiting any more.",
    "how-missing": "Write how the person was told.",
    "third-person": "Somebody else must close this: not the one who did it, and not the one who uses the account.",
    "done-by-doing": "This task is done by doing it. Open what it is about.",
}

WAYS: Mapping[str, str] = {
    "card": "With the card",
    "in-person": "In person",
    "letter": "By letter",
    "telephone": "By telephone",
    "email": "By e-mail",
    "declined": "When declining a newer form",
}
SCOPES: Mapping[str, str] = {
    "everything": "Everything that the patient ever agreed to here",
    "form": "All of this form",
    "parts": "Only some parts",
}
STATES: Mapping[str, str] = {"open": "Open", "closed": "Closed", "mistaken": "Found mistaken"}
OUTCOMES: Mapping[str, str] = {"open": "Still open", "gone": "Gone", "cannot-remove": "Cannot be removed"}
WHY: Mapping[str, str] = {
    "revoked": "Consent withdrawn",
    "expired": "Consent expired",
    "unlinked": "Picture unlinked",
    "void": "Consent void",
    "majority": "Patient came of age",
    "no-consent": "No valid consent",
}
CAUSES: Mapping[str, str] = {
    "printed": "It is on paper that was handed out",
    "published": "It is out in a journal or book",
    "shown": "It was shown in a talk",
    "refused": "We asked, and they refused",
    "passed-on": "Others have saved it or passed it on",
    "no-answer": "We asked more than once, and nobody answered",
}
NOTICES: Mapping[str, str] = {
    "revocation-poster": "Withdrawn: take your posts down",
    "revocation-release-holder": "Withdrawn: your release has ended",
    "revocation-recipient": "Withdrawn: to whom it was given outside",
    "revocation-communications": "Withdrawn: to the communications office",
    "revocation-privacy-officer": "Withdrawn: to the privacy officer",
    "revocation-acknowledgement": "Acknowledgement to the patient",
    "revocation-letter": "Closing letter to the patient",
    "takedown-overdue": "Takedowns overdue",
    "takedown-chase": "Reminder of open takedowns",
    "person-invited": "Somebody was invited",
    "link-made": "A link for a new password was made",
    "roles-given": "Somebody was given further roles",
    "backup-restored": "A backup was put back",
    "certificate-ending": "A certificate of the seal ends",
    "consent-expiring": "A consent will expire",
    "release-unposted": "Released, and no post recorded",
    "showing": "Something to look at: to the patient",
    "showing-agreed": "A planned post was agreed to",
    "showing-declined": "A planned post was not agreed to",
}
NOTICE_STATES: Mapping[str, str] = {
    "owed": "Owed",
    "sent": "Sent",
    "by-hand": "To be told by hand",
    "done": "Done by hand",
}
FAILURES: Mapping[str, str] = {
    "no-mail-server": "No mail server is set up",
    "unreachable": "The mail server could not be reached",
    "bad-address": "The address is not an e-mail address",
    "account-closed": "The account is closed",
    "nobody-in-role": "Nobody has this role",
    "sign-in-refused": "The mail server refused our sign-in",
    "no-trusted-connection": "The mail server's certificate is not trusted",
}
TASKS: Mapping[str, str] = {
    "written-confirmation": "Get a withdrawal confirmed in writing",
    "withdraw-earlier": "Earlier consents to be withdrawn: the program is at it",
    "print-and-post": "Print a letter to a patient and post it",
    "tell-recipient": "Tell a recipient outside that a consent was withdrawn",
    "stamp-stuck": "Sealed forms get no time-stamp: see that the authority can be reached, and the log of the worker",
    "issuers-silent": "Nobody says whether the seal's certificates are good: see that their addresses can be reached",
    "notice-stuck": "A notice does not get through",
    "review-expired": "Look at a post again: its consent has expired",
    "review-came-of-age": "Look at a post again: the patient has come of age",
    "review-on-hold": "Look at a post again: its consent is on hold",
    "came-of-age": "A patient has come of age: ask him or her again",
    "life-event": "A consent was put on hold: find out who may decide now",
    "review-posts": "Look at the posts of a consent that is on hold",
    "release-unposted": "Record the post, or say that the picture was not used",
    "breach-assessment": "Judge whether an incident is a breach",
    "show-first": "Show the patient a planned post: the patient asked to see it first",
    "ask-again": "Ask the patient again, before anything new is shown",
    "copy-not-given": "Give the patient a copy",
    "link-lapsed": "Nobody signed on the own phone in time: send the link again, or ask in another way",
    "scan-to-check": "Check a scanned form against what was typed from it",
    "scan-sent-back": "Correct what was typed from a scanned form",
    "spoken-to-confirm": "Confirm that you heard a patient consent by telephone",
    "link-change": "Confirm that a picture was linked wrongly",
    "know-person": "Find out who a new account is for: it must be another person than whoever made it",
    "know-link": "Ask a person whether a link for a new password was asked for, and arrived",
    "know-roles": "Find out who asked that an account be given further roles, and why",
    "restored": "A backup was put back: enter again what was withdrawn, and who left, since it was made",
    "reason-stated": "A record of another unit was opened for a stated reason",
    "expiring-90": "A consent will expire in 90 days",
    "expiring-30": "A consent will expire in 30 days",
    "expiring-7": "A consent will expire in 7 days",
}


def failure(code: str | None) -> str:
    """Return why a notice did not get through; a code that the server added digits to keeps them."""
    if not code:
        return ""
    word, _, digits = code.rpartition("-")
    if digits.isdigit():
        return f"The mail server said no ({word.replace('-', ' ')}, {digits})"
    return FAILURES.get(code, code.replace("-", " "))
