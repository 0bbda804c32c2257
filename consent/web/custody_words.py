"""The trail in words: what was done, who did it, what it was about, and what a check may find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consent.acts.custody import TrailEntry

ACTS: Mapping[str, str] = {
    "account.add": "Added an account of a channel",
    "account.leave": "Took an account out of use",
    "account.use": "Took an account into use again",
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
    "consent.lift": "Lifted a hold",
    "consent.list": "Saw the list of drafts",
    "consent.open": "Opened a consent",
    "consent.open-name": "Saw a name, to link a picture",
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
    "custody.read-words": "Read the words kept with an entry",
    "document.open": "Opened a sealed document",
    "form.approve": "Recorded that a form was approved",
    "form.withdraw": "Took a form out of use",
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
    "keys.rotate": "Wrapped everything by a new key",
    "notice.escalate": "Told the privacy officer that a notice does not get through",
    "notice.fail": "Tried to send a notice, in vain",
    "notice.leave-by-hand": "Left a notice to be told by hand",
    "notice.pass-on": "Passed a notice on to the role",
    "notice.retry": "Had a notice sent again",
    "notice.send": "Sent a notice",
    "notice.tell-by-hand": "Told somebody by hand",
    "organisation.save": "Changed the organization's details",
    "organisation.save-policy": "Changed the organization's rules",
    "patient.find-by-birth-date": "Looked for a patient by birth date",
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

PROBLEMS: Mapping[str, str] = {
    "entry-missing": "An entry is missing",
    "entry-altered": "An entry was altered",
    "entry-unreadable": "An entry cannot be read",
    "chain-broken": "An entry does not follow from the one before it",
    "columns-differ": "An entry's columns do not say what was chained",
    "head-not-ours": "A signed head does not bear our signature",
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
