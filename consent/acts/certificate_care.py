"""Look after the sealing certificates: take in another, make another, record that one is revoked, see which end soon.

What one of them sealed stays genuine when another takes over: each stays on record. A seal that states a time at or
after the one from which its certificate was revoked is not genuine. Source: domain rules 25 and 28; RFC 5280.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.kept_certificates import keep
from consent.acts.owing import Owing
from consent.documents.certificates import BadSealing, Certificate
from consent.documents.importing import Material, check_fit, read_material
from consent.documents.issuing import certify, make_sealing
from consent.records import certificates as records
from consent.records import notices
from consent.records.organisation import in_force
from consent.records.tables.organisation import seal_certificate
from consent.rules.access import Act, Role
from consent.rules.calendar import day_in
from consent.rules.expiry import WARNING_DAYS, warnings_due
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.keys import KeyFolder

__all__ = [
    "BadSealing",
    "Certificate",
    "Ending",
    "Known",
    "import_certificate",
    "known",
    "near_end",
    "renew",
    "revoke",
    "troubles",
    "watch",
]

# How the sets of files that belong together are called in the key folder.
FIRST, CURRENT = "sealing", "current-sealing"
ROOT_KEY, ROOT, KEY, CERTIFICATE = "root-key.pem", "root-certificate.pem", "sealing-key.pem", "sealing-certificate.pem"
NAME = "Patient Media Consent"
KIND = "certificate-ending"


@dataclass(frozen=True)
class Ending:
    """A certificate that ends: the one that seals, or one that it rests on.

    `name`: its subject, in short; `days`: how many are left in the organisation's zone, -1 when it has ended.
    """

    fingerprint: str
    name: str
    seals: bool
    ends: datetime
    days: int


@dataclass(frozen=True)
class Known:
    """A sealing certificate of ours. `current`: it seals now; `revoked_since`: from then on its seals do not count."""

    fingerprint: str
    name: str
    issued_by: str
    begins: datetime
    ends: datetime
    current: bool
    revoked_since: datetime | None


def known(house: House, actor: Actor) -> tuple[Known, ...]:
    """Return the sealing certificates of ours, the current one first, then the newest. Raises: Refused('role')."""
    actor.must(Act.LOOK_AFTER_KEYS)
    now = house.sealer.certificate
    with house.reading() as connection:
        since = records.revoked_since(connection)
        kept = {row.id: Certificate.load(row.pem.encode()) for row in records.every(connection)}
    listed = house.sealer.listed.since(now) if house.sealer.listed is not None else None
    every = sorted(
        {**kept, now.fingerprint: now}.values(), key=lambda each: (each == now, each.valid_from), reverse=True
    )
    return tuple(
        Known(
            each.fingerprint, each.name, each.issuer_name, each.valid_from, each.valid_until,
            each == now, since.get(each.fingerprint) or (listed if each == now else None),
        )
        for each in every
    )  # fmt: skip


def import_certificate(
    house: House,
    actor: Actor,
    folder: KeyFolder,
    content: bytes,
    *,
    more: bytes = b"",
    passphrase: str | None = None,
    public_key: bytes | None = None,
) -> Certificate:
    """Take in the hospital's own certificate: `consent serve` seals with it at once. Nothing is taken that cannot seal.

    `content`: PKCS #12 or PEM; `more`: further PEM; `public_key`: of the key in the hardware module (DER), if it is
    there. Returns the certificate. Writes: seal_certificate (the old one stays on record), custody.
    Raises: BadSealing, in plain words; Refused: role, certificate-revoked; vault KeyTrouble.
    """
    actor.must(Act.LOOK_AFTER_KEYS)
    if house.terms.demo:
        raise BadSealing("a demonstration seals with a certificate that says so; take yours into a real installation")
    found = read_material(content, more, passphrase, public_key)
    check_fit(found.certificate, house.clock())
    return _take(house, actor, folder, found, "keys.import-certificate")


def renew(house: House, actor: Actor, folder: KeyFolder, public_key: bytes | None) -> Certificate:
    """Make a new sealing certificate under our own root: `consent serve` seals with it at once. With a new key in the
    folder, or for the key in the hardware module whose public half (DER) is handed in.

    Writes: seal_certificate (the old one stays on record), custody.
    Raises: BadSealing (no root of ours, or it ends); Refused('role'); vault KeyTrouble.
    """
    actor.must(Act.LOOK_AFTER_KEYS)
    kept = folder.secret_set(FIRST, dict)
    if ROOT_KEY not in kept:
        raise BadSealing("there is no root of our own in the key folder")
    now, root = house.clock(), kept[ROOT]
    Certificate.load(root).check_valid(now)
    with house.reading() as connection:
        ours = in_force(connection)
    name = ours.legal_name if ours is not None else NAME
    if public_key is not None:
        key, pem = None, certify(kept[ROOT_KEY], root, public_key, name, demo=house.terms.demo, now=now)
    else:
        key, pem = make_sealing(kept[ROOT_KEY], root, name, house.terms.demo, now)
    return _take(house, actor, folder, Material(Certificate.load(pem + root), key), "keys.renew-certificate")


def _take(house: House, actor: Actor, folder: KeyFolder, found: Material, act: str) -> Certificate:
    certificate = found.certificate
    files = {CERTIFICATE: certificate.pem.encode()} | ({KEY: found.key} if found.key is not None else {})
    name = f"{FIRST}-{certificate.fingerprint[:16]}"
    with house.writing(actor) as deed:
        if records.revoked_since(deed.connection).get(certificate.fingerprint) is not None:
            raise Refused(Reason("certificate-revoked"))
        keep(deed, house.sealer.certificate)
        keep(deed, certificate)
        folder.secret_set(name, lambda: files)
        deed.enter(act, {"certificate": certificate.fingerprint, "before": house.sealer.fingerprint})
    # After it is on record: a crash in between leaves the old one sealing, and the command can be repeated.
    folder.keep_secret(CURRENT, name.encode() + b"\n")
    return certificate


def revoke(house: House, actor: Actor, fingerprint: str, since: datetime) -> None:
    """Record that a certificate is revoked since then (UTC): nothing is sealed with it any more, and what states that
    time or a later one is not genuine. Nothing that came earlier is touched. Writes: seal_certificate, custody.

    Raises: NotFound; Refused: role, since-ahead, revoked-earlier (a revocation is never taken back or made later).
    """
    actor.must(Act.LOOK_AFTER_KEYS)
    with house.writing(actor) as deed:
        if since > deed.now:
            raise Refused(Reason("since-ahead", "since"))
        _revoke(deed, fingerprint, since)
        deed.enter("keys.revoke-certificate", {"certificate": fingerprint, "since": since.isoformat()})


def _revoke(deed: Deed, fingerprint: str, since: datetime) -> None:
    now = deed.house.sealer.certificate
    if now.fingerprint == fingerprint:
        keep(deed, now)
    if not records.is_kept(deed.connection, fingerprint):
        raise NotFound
    before = records.revoked_since(deed.connection).get(fingerprint)
    if before is not None and before <= since:
        raise Refused(Reason("revoked-earlier"))
    deed.ledger.update(seal_certificate, fingerprint, revoked_since=since)


def near_end(house: House, now: datetime) -> tuple[Ending, ...]:
    """Return which certificates that sealing rests on end within 90 days, or have ended, the next one first."""
    soon = [each for each in _ends(house, now) if each.days <= max(WARNING_DAYS)]
    return tuple(sorted(soon, key=lambda each: each.ends))


def _ends(house: House, now: datetime) -> Iterator[Ending]:
    ours, today = house.sealer.certificate, day_in(house.terms.zone, now)
    for each in (ours, *(Certificate.of(link) for link in ours.chain)):
        days = (day_in(house.terms.zone, each.valid_until) - today).days if each.valid_until > now else -1
        yield Ending(each.fingerprint, each.name, each == ours, each.valid_until, days)


def troubles(house: House) -> tuple[str, ...]:
    """Return what is wrong with the certificate that seals now: certificate-revoked, crl-old."""
    certificate, listed = house.sealer.certificate, house.sealer.listed
    with house.reading() as connection:
        revoked = records.revoked_since(connection).get(certificate.fingerprint) is not None
    found = []
    if revoked or (listed is not None and listed.since(certificate) is not None):
        found.append("certificate-revoked")
    if listed is not None and listed.is_stale(certificate, house.clock()):
        found.append("crl-old")
    return tuple(found)


def watch(house: House, actor: Actor) -> int:
    """Owe the administrators a warning 90, 30 and 7 days before a certificate ends, each once ever; put on record
    what the issuers' list says of the one that seals. Returns how many of these were new. Writes: notice,
    seal_certificate, custody.
    """
    return _warn(house, actor) + _take_from_list(house, actor)


def _warn(house: House, actor: Actor) -> int:
    with house.writing(actor) as deed:
        owing, due = Owing(deed), 0
        for each in near_end(house, deed.now):
            last = day_in(house.terms.zone, each.ends)
            given = [days for days in WARNING_DAYS if _was_owed(deed, owing, _once(each, days))]
            for days in warnings_due(last, given, deed.today):
                owing.to_role(KIND, _once(each, days), Role.ADMINISTRATOR, {})
                due += 1
        made = owing.write()
        if made:
            deed.enter("keys.warn-certificate", {"notice": list(made)})
        else:
            deed.nothing()
        return due


def _once(each: Ending, days: int) -> str:
    return f"{each.fingerprint}/{days}"


def _was_owed(deed: Deed, owing: Owing, once: str) -> bool:
    """Say whether somebody was told already: whoever becomes an administrator later sees it on the page."""
    whom = (*owing.staff(), Role.ADMINISTRATOR.value)
    return bool(notices.once_known(deed.connection, [f"{KIND}/{once}/{each}" for each in whom]))


def _take_from_list(house: House, actor: Actor) -> int:
    listed, certificate = house.sealer.listed, house.sealer.certificate
    since = listed.since(certificate) if listed is not None else None
    return 0 if since is None else take_revocation(house, actor, certificate.fingerprint, since)


def take_revocation(house: House, actor: Actor, fingerprint: str, since: datetime) -> int:
    """Put on record what the issuer says: revoked since then (UTC). Returns 1, or 0 if it stood there already.

    Writes: seal_certificate, custody. Raises: NotFound.
    """
    with house.writing(actor) as deed:
        try:
            _revoke(deed, fingerprint, since)
        except Refused:
            deed.nothing()
            return 0
        deed.enter("keys.revoke-certificate", {"certificate": fingerprint, "since": since.isoformat(), "listed": True})
        return 1
