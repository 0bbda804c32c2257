"""The trail in words: what was done, who did it, what it was about, and what a check may find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consent.acts.bundle_words import TrailWords
from consent.acts.custody import TrailEntry
from consent.acts.printed_heads import Held
from consent.rules.chain import grouped

ACTS: Mapping[str, str] = {
    "account.add": "Added an account of a channel",
    "account.leave": "Took an account out of use",
    "account.use": "Took an account into use again",
    "backup.accept-unsound": "Let a restored backup be used although it was not found sound",
    "backup.make": "Made a backup",
    "backup.restore": "Restored a backup, and checked all of it",
    "card.make": "Made a withdrawal card",
    "card.open": "Opened the withdrawal page with the card's code",
    "consent.confirm-event": "Confirmed the event that ends a consent",
    "consent.decline": "Said no to the form",
    "consent.discard": "Discarded a draft",
    "consent.draft": "Began a consent",
    "consent.edit": "Changed a draft",
    "consent.find-by-number": "Looked for a consent by its number",
    "consent.hand-over": "Handed the tablet over",
    "consent.life-event": "Recorded what happened to a patient, and put consents on hold",
    "consent.destroy": "Destroyed a consent for good, with its keys",
    "consent.export-bundle": "Made the bundle of everything about a consent",
    "consent.drop-destruction": "Gave up a proposal to destroy a consent",
    "consent.hold": "Put a consent under a legal hold",
    "consent.lift-hold": "Lifted a legal hold",
    "consent.propose-destruction": "Proposed to destroy a consent",
    "consent.lift": "Lifted a hold",
    "consent.list": "Saw the list of drafts",
    "consent.open": "Opened a consent",
    "consent.open-name": "Saw a name, to link a picture",
    "consent.send-link": "Made a link to the signer's own phone",
    "consent.refuse-link": "Was refused at a link: birth date or code were not right",
    "consent.open-link": "Opened the link on the signer's own phone",
    "consent.cancel-link": "Cancelled a link to the signer's own phone",
    "link.settle": "Settled links to signers' own phones that are over",
    "paper.print": "Printed the form to be signed on paper",
    "paper.open": "Opened the form to be signed on paper",
    "paper.scan": "Began to take in a signed paper form",
    "paper.add-pages": "Added pages of a signed paper form",
    "paper.turn-page": "Turned a page of a signed paper form",
    "paper.remove-page": "Took out a page of a signed paper form",
    "paper.discard": "Discarded the scan of a paper form",
    "paper.look": "Looked at the scan of a paper form",
    "paper.open-page": "Opened a page of a signed paper form",
    "paper.transcribe": "Typed what stands on a signed paper form",
    "paper.send-back": "Sent back what was typed from a paper form",
    "consent.speak": "Recorded a consent by telephone",
    "consent.confirm-spoken": "Said whether a consent by telephone was heard",
    "consent.withdraw-spoken": "Ended a consent by telephone",
    "consent.open-spoken": "Opened a consent by telephone",
    "consent.sign": "Signed",
    "consent.suspend": "Put a consent on hold",
    "consent.void": "Called a consent entered in error",
    "copy.mail": "Sent a link to a copy by mail",
    "copy.end": "Ended a link to a copy",
    "copy.give": "Gave the patient a copy",
    "copy.offer": "Offered a copy on the patient's phone",
    "copy.open": "Opened the link to a copy",
    "copy.print": "Printed a copy",
    "copy.show-code": "Showed the code of a copy",
    "copy.unlock": "Entered the code of a copy",
    "custody.export": "Wrote the trail out, to be checked elsewhere",
    "custody.stamp": "Had the trail time-stamped",
    "custody.read-words": "Read the words kept with an entry",
    "document.open": "Opened a sealed document",
    "document.stamp": "Had a sealed document time-stamped",
    "document.stamp-again": "Got time-stamps again",
    "document.stamp-stuck": "Got no time-stamp, and left a task about it",
    "document.issuers-silent": "Got no word on whether the seal's certificates are good, and left a task about it",
    "document.issuers-again": "Got word again on whether the seal's certificates are good",
    "form.approve": "Recorded that a form was approved",
    "form.withdraw": "Took a form out of use",
    "form.review-translation": "Recorded that a translation was reviewed",
    "form.write-own": "Wrote the organization's own paragraphs on a form",
    "image.add": "Added a picture",
    "image.clear": "Made the 18-identifier check",
    "image.clear-second": "Confirmed the 18-identifier check",
    "image.cover": "Cropped or covered a picture",
    "image.discard": "Discarded a picture",
    "image.link": "Linked a picture to a consent",
    "image.list": "Saw small pictures",
    "image.no-consent": "Marked a person as not consenting",
    "image.open": "Saw a picture",
    "image.open-candidates": "Compared a file with pictures that look like it",
    "image.relink": "Confirmed a wrong link, and linked another consent",
    "image.renew": "Gave a picture a new ID",
    "image.review": "Reviewed a picture",
    "image.see": "Saw a picture's record for a stated reason",
    "image.unlink": "Confirmed a wrong link",
    "image.unlink-ask": "Called a link wrong",
    "image.unlink-decline": "Found that a link was right",
    "incident.close": "Closed an incident",
    "incident.open": "Opened an incident's record",
    "incident.report": "Reported a post that nobody recorded",
    "keys.export": "Exported the keys under a passphrase",
    "keys.kept-apart": "Confirmed that the exported keys are kept elsewhere",
    "keys.retire": "Removed an old key",
    "clock.confirm": "Confirmed that the server's clock is right, though entries lie ahead of it",
    "keys.rotate": "Wrapped everything by a new key",
    "keys.import-certificate": "Took in a sealing certificate of the organization's own",
    "keys.renew-certificate": "Made a new sealing certificate under our own root",
    "keys.revoke-certificate": "Recorded that a sealing certificate is revoked",
    "keys.warn-certificate": "Warned that a certificate of the seal ends",
    "keys.rotate-fingerprints": "Made the fingerprints anew by which patients are found",
    "notice.escalate": "Told the privacy officer that a notice does not get through",
    "notice.fail": "Tried to send a notice, in vain",
    "notice.leave-by-hand": "Left a notice to be told by hand",
    "notice.pass-on": "Passed a notice on to the role",
    "notice.retry": "Had a notice sent again",
    "notice.send": "Sent a notice",
    "notice.tell-by-hand": "Told somebody by hand",
    "organisation.save": "Changed the organization's details",
    "organisation.save-policy": "Changed the organization's rules",
    "patient.find-by-name": "Looked for a patient by name and birth date",
    "patient.find-by-record-number": "Looked for a patient by record number",
    "post.approve": "Approved a post",
    "post.drop": "Gave a planned post up",
    "post.open": "Opened a post's record",
    "post.plan": "Planned a post",
    "post.plan-refuse": "Planned a post, and was refused",
    "post.record": "Recorded a post",
    "post.record-refuse": "Wanted to record a post, and was refused",
    "post.record-without-consent": "Recorded a post that is out without a valid consent",
    "post.report": "Reported a recorded post",
    "post.settle-review": "Decided about a post whose consent ended",
    "posting.look-up": "Asked whether a picture may be posted",
    "release.close": "Settled a release without a post",
    "release.refuse": "Wanted to release a picture, and was refused",
    "release.take": "Took a picture out",
    "revocation.find-mistaken": "Found a request mistaken",
    "revocation.nothing-earlier": "Looked for earlier consents to withdraw; there was none",
    "revocation.open": "Opened a request to stop",
    "revocation.open-acknowledgement": "Opened an acknowledgement",
    "revocation.open-letter": "Opened a closing letter",
    "revocation.preview": "Saw what a patient allows",
    "revocation.revoke": "Withdrew",
    "revocation.write-letter": "Wrote a closing letter",
    "consent.ask-again": "Had a patient asked again before anything new",
    "consent.asked-again": "Asked a patient again; he still agrees",
    "showing.answer": "Said whether a planned post may be shown",
    "showing.drop": "Gave a planned showing up",
    "showing.hand-over": "Handed the tablet over to look at a planned post",
    "showing.open": "Opened a planned showing",
    "showing.plan": "Planned a post to be shown to the patient first",
    "showing.refuse": "Planned a showing, and was refused",
    "showing.show": "Saw a planned post",
    "staff.accept": "Accepted an invitation",
    "staff.ask-second-factor-reset": "Asked for a reset of a second factor",
    "staff.change-password": "Changed the password",
    "staff.change-roles": "Changed somebody's roles",
    "staff.confirm-second-factor-reset": "Confirmed a reset of a second factor",
    "staff.disable": "Disabled an account",
    "staff.enable": "Enabled an account",
    "staff.first-link": "Made the administrator's first link",
    "staff.invite": "Invited somebody",
    "staff.link": "Made a new invitation link",
    "staff.new-recovery-codes": "Made new recovery codes",
    "staff.set-pin": "Set a PIN",
    "staff.set-second-factor": "Set up a second factor",
    "staff.sign-in": "Signed in",
    "staff.sign-out": "Signed out",
    "staff.sign-out-everywhere": "Signed out everywhere",
    "staff.unlock": "Unlocked a tablet",
    "staff.resume": "Gave a locked tablet back to its patient",
    "takedown.open-screenshot": "Opened a screenshot",
    "takedown.settle": "Settled a takedown",
    "takedown.take-over": "Took a takedown over",
    "task.close": "Closed a task",
    "upkeep.came-of-age": "Found patients who have come of age",
    "upkeep.chase-releases": "Chased releases without a post",
    "upkeep.escalate": "Escalated what is overdue",
    "upkeep.remind": "Sent a reminder of takedowns",
    "upkeep.review": "Flagged posts to look at again",
    "upkeep.sweep": "Swept files without a record",
    "upkeep.warn": "Warned that a consent will expire",
}

WHO: Mapping[str, str] = {
    "card": "The patient, with the card",
    "signer": "The patient, on the tablet",
    "copy": "The patient, opening a copy",
    "showing": "The patient, on the tablet",
    "system": "The program",
    "command": "The command line",
    "visitor": "Somebody not signed in",
    "staff": "Staff",
}

TRAIL = TrailWords(ACTS, WHO)
"""The same for what leaves the house."""

HELD: Mapping[Held, str] = {
    Held.HELD: "The trail still holds it",
    Held.OTHER: "The trail does not hold it: another entry stands there",
    Held.CUT: "The trail does not hold it: it does not reach so far",
    Held.UNSOUND: "The entry bears this hash, but the trail is not whole",
}

PROBLEMS: Mapping[str, str] = {
    "entry-missing": "An entry is missing",
    "entry-altered": "An entry was altered",
    "entry-unreadable": "An entry cannot be read",
    "entry-not-ours": "An entry was not written by this program",
    "chain-broken": "An entry does not follow from the one before it",
    "columns-differ": "An entry's columns do not say what was chained",
    "head-not-ours": "A signed head does not bear our signature",
    "stamp-not-good": "A time-stamp of the trail is not good",
    "tail-missing": "The end of the trail was cut off",
    "chain-rewritten": "The trail was rewritten",
    "index-invented": "The index names what no entry does",
    "index-missing": "The index does not name what an entry does",
    "words-invented": "Words stand beside an entry that kept none",
    "words-altered": "The words beside an entry were altered",
    "words-missing": "The words beside an entry are missing",
    "row-without-entry": "A record was written without an entry",
    "row-altered": "A record was altered",
    "row-missing": "A record is missing",
}

ABOUT: Mapping[str, str] = {"image": "picture", "look_up": "look-up"}


def digits(written: str) -> str:
    """Return a hash or fingerprint as a person compares it."""
    return grouped(written)


def act(entry: TrailEntry) -> str:
    """Return what was done."""
    return ACTS.get(entry.act, entry.act)


def who(entry: TrailEntry) -> str:
    """Return who did it: a member of staff by name, anybody else by what he came with."""
    return entry.who or WHO.get(entry.actor.partition(":")[0], "")


def about(entry: TrailEntry) -> list[tuple[str, str]]:
    """Return what it was about: IDs, codes and numbers, each with its name; what was not so is left out."""
    return [(ABOUT.get(name, name), _said(value)) for name, value in entry.about.items() if value not in (None, "", [])]


def _said(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
