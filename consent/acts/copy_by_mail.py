"""A copy by e-mail: a link to the address that the patient agreed to, and a code that goes another way.

The mail says nothing about him. The link opens once, with the code, within three days; the copy counts as given
only when it was opened. Source: 45 CFR 164.508(c)(4); 164.312(e) (transmission security); domain rule 22.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from consent.acts import dossier, messages
from consent.acts.actor import Actor
from consent.acts.copying import check_signer_or_staff
from consent.acts.dossier import Person
from consent.acts.house import House
from consent.acts.organisation import in_force
from consent.mailer import MailFailed, check_address
from consent.records import copies
from consent.records.tables.consents import copy
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import Reason, Refused
from consent.vault.secrets import hash_code, new_code, new_token

OPENS_WITHIN = timedelta(days=3)


def agreed(person: Person) -> bool:
    """Say whether he agreed to be written to, and where."""
    return person.electronic_contact and bool(person.email)


def may_send(house: House, actor: Actor, consent_id: str) -> bool:
    """Say whether the patient of this consent agreed to an address. Raises: NotFound; Refused('role')."""
    actor.must(Act.GIVE_COPY)
    with house.reading() as connection:
        return agreed(dossier.load(house, connection, consent_id).person)


def send(house: House, actor: Actor, consent_id: str) -> str:
    """Send the link, and return the code for it; a link that was sent before and not opened ends.

    Raises: NotFound; Refused: role, reason-needed, mail-no-address, mail-failed (then the link has ended).
    """
    token, digest = new_token()
    code = new_code(6)
    hashed = hash_code(house.keyring, code)
    with house.writing(actor) as deed:
        row = check_signer_or_staff(house, deed.connection, actor, consent_id, Act.GIVE_COPY)
        person = dossier.load_person(house, deed.connection, row.patient_id)
        if not agreed(person):
            raise Refused(Reason("mail-no-address"))
        before = copies.unopened(deed.connection, consent_id, "mail")
        for each in before:
            deed.ledger.update(copy, each.id, state="ended")
        copy_id = new_id(secrets.token_bytes)
        deed.ledger.insert(
            copy,
            id=copy_id,
            consent_id=consent_id,
            method="mail",
            state="waiting",
            token_hash=digest,
            code_hash=hashed,
            made_by=deed.actor.name,
            made_at=deed.now,
            expires_at=deed.now + OPENS_WITHIN,
        )
        deed.enter("copy.mail", {"consent": row.id, "patient": row.patient_id, "copy": copy_id})
    link = f"{house.terms.public_url}/copy/{token}"
    words, name = house.forms.words(row.language), in_force(house).legal_name
    try:
        check_address(person.email)
        house.mailer.send(messages.to_fetch(copy_id, words, person.email, link, name))
    except MailFailed:
        _end(house, actor, consent_id, copy_id)
        raise Refused(Reason("mail-failed")) from None
    return code


def waits(house: House, consent_id: str) -> bool:
    """Say whether a link was sent that nobody has opened yet."""
    with house.reading() as connection:
        return any(each.expires_at > house.clock() for each in copies.unopened(connection, consent_id, "mail"))


def _end(house: House, actor: Actor, consent_id: str, copy_id: str) -> None:
    with house.writing(actor) as deed:
        deed.ledger.update(copy, copy_id, state="ended")
        deed.enter("copy.end", {"consent": consent_id, "copy": copy_id})
