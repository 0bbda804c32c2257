"""The words of the desk for whoever takes part in a signing: capacities, rights, ways, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

SIGNERS: Mapping[str, str] = {
    "patient": "The patient",
    "parent": "A parent",
    "guardian": "A guardian of the child",
    "health-care-agent": "An agent under a health-care power of attorney",
    "court-guardian": "A guardian whom a court appointed",
    "estate": "Somebody with authority for the estate of a patient who has died",
    "nobody": "Nobody who may sign is here",
}
SIGNER_HINTS: Mapping[str, str] = {
    "guardian": "Appointed in a will or by law, or standing in for the parents.",
    "health-care-agent": "Only while the patient cannot decide. A power of attorney for money is not enough.",
    "estate": "The executor, the administrator, or another with legal authority.",
    "nobody": "The patient cannot decide, and nobody may decide in the patient's place.",
}
FOR_CHILDREN = ("patient", "parent", "guardian", "court-guardian", "estate", "nobody")
FOR_ADULTS = ("patient", "health-care-agent", "court-guardian", "estate", "nobody")

GROUNDS: Mapping[str, str] = {
    "legal-parent": "Is the legal parent",
    "in-loco-parentis": "Stands in for the parents by law",
    "appointed-guardian": "Was appointed guardian",
    "agency": "Acts for the child welfare agency that has custody",
    "health-care-poa": "Power of attorney for health care",
    "health-care-proxy": "Health-care proxy or advance directive",
    "surrogate-by-law": "State law names this person to decide on health care",
    "power-of-attorney": "Power of attorney that does not name health care",
    "court-order": "Order of a court",
    "executor": "Executor of the will",
    "administrator": "Administrator whom a court appointed",
    "other-estate-authority": "Other legal authority for the estate",
    "family": "Is a relative, with no such authority",
}
GROUNDS_OF: Mapping[str, tuple[str, ...]] = {
    "parent": ("legal-parent", "in-loco-parentis"),
    "guardian": ("appointed-guardian", "in-loco-parentis", "agency"),
    "health-care-agent": ("health-care-poa", "health-care-proxy", "surrogate-by-law", "power-of-attorney"),
    "court-guardian": ("court-order",),
    "estate": ("executor", "administrator", "other-estate-authority", "family"),
}
"""What is offered, with what people name though it is not enough: then the page says why."""

ALONE: Mapping[str, str] = {
    "emancipated": "A court, or the law, has set the patient free from the parents (emancipated)",
    "married": "Is or was married, and the law here counts that",
    "military": "Serves in the armed forces",
    "own-service": "May lawfully consent alone to the care that this is about",
    "court-permission": "A court gave leave to decide this alone",
    "parent-agreed": "The parent agreed that this stays between the patient and the clinician",
    "competent": "Was judged able to decide alone, and the law here counts that",
}
MODES: Mapping[str, str] = {"in-person": "In person", "phone": "By telephone", "video": "By video"}
TOPICS: Mapping[str, str] = {
    "sensitive-hiv": "HIV",
    "sensitive-mental-health": "Mental health",
    "sensitive-genetic": "Gene tests",
    "sensitive-reproductive": "Care to have or to end a pregnancy",
    "substance-use": "Drug or alcohol use",
    "psychotherapy-notes": "Psychotherapy notes",
}
TOPIC_HINTS: Mapping[str, str] = {
    "substance-use": "Needs a form of its own by law. It cannot be asked here.",
    "psychotherapy-notes": "Need a form of their own by law. They cannot be asked about here.",
}
POSTERS: Mapping[str, str] = {"other": "Somebody else", "me": "I myself"}

REFUSALS: Mapping[str, str] = {
    "signer-missing": "Say who will sign.",
    "nobody-to-sign": "Nobody who may sign is here, so nothing can be signed or shown. A picture that is needed "
    "for the record may wait in quarantine. When somebody who may sign is here, change who will sign.",
    "under-age": "The patient is under {majority_age}. A parent or guardian has to sign, or say why the patient may "
    "sign alone.",
    "signer-not-for-adult": "The patient is {majority_age} or older, so a parent or guardian of a child cannot sign. "
    "Change who will sign.",
    "agent-not-for-minor": "A child has no agent under a power of attorney. Change who will sign.",
    "alone-ground-missing": "Say why the patient may sign alone.",
    "alone-proof-missing": "Say what was seen, or who was asked.",
    "capacity-missing": "Nobody has confirmed that the patient can decide. If the patient cannot, somebody with "
    "authority has to sign. If there is nobody, the picture may wait in quarantine, for the record only.",
    "signer-cannot-decide": "Nobody has confirmed that the person who signs understands what this is about.",
    "representative-missing": "Say who signs for the patient, and why that person may.",
    "representative-name-missing": "Enter the full name of the person who signs.",
    "representative-relationship-missing": "Say what this person is to the patient, for example mother.",
    "representative-proof-missing": "Say what you saw as proof.",
    "ground-missing": "Choose by what right this person signs.",
    "bare-power-of-attorney": "A power of attorney that does not name health care is not enough. This person "
    "cannot sign.",
    "estate-authority-missing": "Only somebody with legal authority for the estate may sign. Being a relative is "
    "not enough.",
    "concern-unanswered": "Say whether there is a concern about this person.",
    "abuse-concern": "There is a concern about the person who would sign. This person cannot sign. Change who will "
    "sign, and tell the privacy officer.",
    "agent-while-capable": "An agent decides only while the patient cannot. Tick this if it is so. If not, the "
    "patient has to sign.",
    "death-date-missing": "Enter the day on which the patient died.",
    "death-date-impossible": "The day of death cannot be right. It is after the birth and not in the future.",
    "interpreter-needed": "Whoever signs reads another language best than the one of the form. Choose the form in "
    "that language, or record an interpreter.",
    "interpreter-unnamed": "Enter the interpreter's name, or the number that the service gave.",
    "interpreter-language-missing": "Say into which language the interpreter interprets.",
    "interpreter-mode-missing": "Say whether the interpreter is here, on the telephone or on video.",
    "interpreter-minor": "A child or a person under age must not interpret. Find another interpreter.",
    "interpreter-family": "A relative or friend interprets only if there is no other way. Say why.",
    "interpreter-signs": "Neither the patient nor whoever signs can be the interpreter. Find somebody else.",
    "witness-unnamed": "Enter the name of the witness.",
    "witness-takes-part": "A witness cannot also sign, interpret or be named twice. Enter somebody else.",
    "too-many-witnesses": "Two witnesses are enough.",
    "own-form-needed": "Drug or alcohol use and psychotherapy notes each need a form of their own by law. They "
    "cannot be asked about here. Take the tick out.",
    "poster-missing": "Say who means to post it.",
    "poster-reason-missing": "Whoever asks a patient should not be the one who gains from the post. Say why you do "
    "both. It is kept.",
}

METHODS: Mapping[str, str] = {
    "drawn": "drawn",
    "typed": "typed",
    "mark": "with a mark",
    "unable": "could not sign, so two of the staff signed",
    "paper": "on paper",
    "spoken": "by telephone",
}
"""How somebody signed."""
