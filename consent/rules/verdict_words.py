"""A verdict in plain words: the same for the pages and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from consent.rules.grounds import Ground, PublicGround
from consent.rules.posting import Condition

PUBLIC_WORDS: Final[Mapping[PublicGround, str]] = {
    PublicGround.NOT_LINKED: "It is not linked to a signed consent.",
    PublicGround.USE_NOT_AGREED: "This use was not agreed to.",
    PublicGround.WITHDRAWN: "Consent for this use was withdrawn.",
    PublicGround.EXPIRED: "The consent has expired.",
    PublicGround.CONDITION_OPEN: "A condition is still open.",
    PublicGround.ON_HOLD: "It is on hold. Ask the privacy officer.",
}

GROUND_WORDS: Final[Mapping[Ground, str]] = {
    Ground.NO_IMAGE: "No image was named.",
    Ground.UNKNOWN_IMAGE: "No image with this ID is on record.",
    Ground.UNKNOWN_ACCOUNT: "This account is not registered for this channel.",
    Ground.IN_QUARANTINE: "The picture is still in quarantine.",
    Ground.SUPERSEDED: "A cropped or covered version took its place.",
    Ground.IMAGE_HELD: "The picture is held back.",
    Ground.DESTROYED: "The picture was discarded.",
    Ground.NOT_REVIEWED: "Nobody has checked the picture item by item yet.",
    Ground.PEOPLE_NOT_COUNTED: "Nobody has said how many people can be recognized in it.",
    Ground.NOT_LINKED: "The picture is linked to no consent.",
    Ground.PERSON_NOT_LINKED: "Somebody in the picture is linked to no consent.",
    Ground.NO_CONSENT: "Somebody in the picture is marked as not consenting.",
    Ground.CONSENT_MISSING: "A linked consent is not on record.",
    Ground.NOT_SIGNED: "The linked consent is not signed.",
    Ground.CONSENTS_TIE: "Two consents were signed at the same instant, so none governs.",
    Ground.USE_NOT_ASKED: "No consent asked about this use.",
    Ground.USE_REFUSED: "The answer to this use was no.",
    Ground.RECOGNISABLE_REFUSED: "The person agreed only to pictures in which he cannot be recognized.",
    Ground.USE_WITHDRAWN: "This use was withdrawn.",
    Ground.IMAGE_WITHDRAWN: "This single picture was withdrawn.",
    Ground.REVOKED: "The consent was revoked.",
    Ground.EXPIRED: "The consent has expired.",
    Ground.NO_EXPIRY: "The consent names no last day, so it is not valid.",
    Ground.CAME_OF_AGE: "The person is of age now; the parent's signature carries no new post.",
    Ground.VOID: "The consent was entered in error.",
    Ground.SPOKEN_ONLY: "It was only said by telephone. That carries a picture for our own staff, in which nobody can "
    "be recognized, and nothing else. A signature would be enough: on the tablet, on paper or on the own phone.",
    Ground.PAPER_UNCHECKED: "The paper form was scanned, but no second person has checked it yet.",
    Ground.SUSPENDED: "The consent is suspended.",
    Ground.SHOW_FIRST_OPEN: "The person wants to see exactly this post first, and has not agreed to it.",
    Ground.RECONTACT_OPEN: "The person is to be asked again first.",
    Ground.DATABASE_UNAVAILABLE: "The database cannot be reached, so the answer is no. Nothing was kept; try again.",
    Ground.CLOCK_ERROR: "The server's clock is wrong, so the answer is no. Tell the administrator.",
}

CONDITION_WORDS: Final[Mapping[Condition, str]] = {
    Condition.NO_FIRST_NAME: "Do not give a name.",
    Condition.NO_CONDITION: "Do not tell the condition.",
    Condition.NO_TREATMENT: "Do not tell the treatment.",
    Condition.NO_AGE: "Do not tell the age.",
    Condition.NO_REGION: "Do not tell where the person is from.",
    Condition.NO_AI_TRAINING: "Not for training computer programs.",
    Condition.NOT_RECOGNISABLE: "Nobody may be recognizable.",
    Condition.NO_SENSITIVE: "Do not tell of HIV, mental health, gene tests, pregnancy care, drugs or alcohol.",
    Condition.NO_HIV: "Do not tell of HIV.",
    Condition.NO_MENTAL_HEALTH: "Do not tell of mental health.",
    Condition.NO_GENETIC: "Do not tell of gene tests.",
    Condition.NO_REPRODUCTIVE: "Do not tell of care to have or end a pregnancy.",
    Condition.NO_SUBSTANCE_USE: "Do not tell of drug or alcohol use.",
    Condition.AS_SHOWN: "Only with the very caption that the person has seen and agreed to.",
}
