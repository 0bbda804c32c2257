"""Everything about one consent in one file, for a court's expert who has nothing of this system.

A zip: the sealed paper, what came of it, the entries about it with proof that they belong to the chain, what was
signed word for word, the keys and certificates to check it with, and the tool that does. It names the patient: only
the privacy officer has it made, for a reason that custody keeps. Source: 45 CFR 164.530(j), 164.528; domain rule 54.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import bundle_words, disclosing, exporting, filing, readiness
from consent.acts.actor import Actor
from consent.acts.bundle_words import TrailWords
from consent.acts.custody import Head
from consent.acts.disclosing import Disclosed
from consent.acts.house import House
from consent.acts.receipts import RECEIPT
from consent.documents.enclosed import enclosed
from consent.documents.printing import SHOWN_TEXT
from consent.records import certificates, consents, stamps
from consent.rules.access import Act
from consent.rules.chain import canonical
from consent.rules.identifiers import BadIdentifier, parse_consent_number
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.commitments import key_fingerprint, sign_manifest

FORMAT = "patient-media-consent/bundle/1"
CHECKER = Path(__file__).resolve().parents[2] / "script" / "check-custody"
TOOL, CHAIN, MANIFEST, SIGNATURE, KEY = (
    "check-custody", "custody.jsonl", "manifest.json", "manifest.sig", "custody-key.pem",
)  # fmt: skip
LONGEST_REASON = 2000
# The zip's own times say nothing: when it was made stands in the signed list.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """The finished zip; `name` tells nothing about the patient, `sha256` is what to note beside it."""

    content: bytes
    name: str
    sha256: str
    entries: int
    files: int


def bundle_by_number(house: House, actor: Actor, number: str, reason: str, said: TrailWords) -> Bundle:
    """Return the bundle of the consent with this short number. Raises: as `bundle`; BadIdentifier."""
    known = parse_consent_number(number)
    with house.reading() as connection:
        row = consents.find_by_number(connection, known)
    if row is None:
        raise NotFound
    return bundle(house, actor, row.id, reason, said)


def check(house: House, actor: Actor, consent_id: str) -> str:
    """Return the number of a consent of which a bundle can be made. Raises: NotFound; Refused: role, destroyed."""
    actor.must(Act.EXPORT_BUNDLE)
    with house.reading() as connection:
        return str(_signed(connection, consent_id).number)


def bundle(house: House, actor: Actor, consent_id: str, reason: str, said: TrailWords) -> Bundle:
    """Return everything about one signed consent, signed by the custody key; that it was made, by whom and why is in
    custody, and in the bundle.

    Raises: NotFound while nothing is signed; Refused: role, reason-needed, reason-long, destroyed; filing Altered.
    """
    actor.must(Act.EXPORT_BUNDLE)
    if not reason.strip():
        raise Refused(Reason("reason-needed", "reason"))
    if len(reason) > LONGEST_REASON:
        raise Refused(Reason("reason-long", "reason", most=LONGEST_REASON))
    with house.writing(actor) as deed:
        row = _signed(deed.connection, consent_id)
        deed.enter("consent.export-bundle", {"consent": row.id, "patient": row.patient_id}, reason.strip())
    head = exporting.signed_head(house)
    with house.reading(snapshot=True) as connection:
        # As it stands now: what others wrote in between is in it too.
        shown = disclosing.disclose(house, connection, _signed(connection, consent_id), head.number)
        files, papers = _papers(house, connection, shown)
        files |= _form(house, shown.row)
        files |= _certificates(connection, shown)
        files[CHAIN] = _chain(house, connection, head, shown)
    files |= bundle_words.timeline(shown, said)
    files |= bundle_words.facts(shown)
    files[KEY] = house.keyring.custody_public_key.encode()
    files[TOOL] = CHECKER.read_bytes()
    files["README.txt"] = bundle_words.readme(
        shown, head, key_fingerprint(house.keyring), sorted(files), house.terms.public_url
    )
    return _zipped(house, shown, files, papers)


def _signed(connection: Connection, consent_id: str) -> Row[Any]:
    row = consents.find(connection, consent_id)
    if row is None or row.signed_at is None:
        raise NotFound
    if row.destroyed_at is not None:
        raise Refused(Reason("destroyed"))
    return row


def _papers(house: House, connection: Connection, shown: Disclosed) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the sealed paper in every version, the newest first, and what it encloses; and which record each is."""
    files: dict[str, bytes] = {}
    papers: dict[str, str] = {}
    # Each is the one before it with something after it.
    versions = sorted(shown.documents, key=lambda each: each.size)
    for place, row in enumerate(reversed(versions)):
        name = "consent.pdf" if place == 0 else f"earlier-versions/{len(versions) - place}.pdf"
        files[name] = filing.read(house, connection, row)
        papers[name] = f"document/{row.id}"
    for name in (RECEIPT, SHOWN_TEXT):
        found = enclosed(files["consent.pdf"], name)
        if found is not None:
            files[name] = found
    return files, papers


def _form(house: House, row: Row[Any]) -> dict[str, bytes]:
    """Return the wording that was signed: as text, and as the very bytes that its hash is of."""
    try:
        version = readiness.version_of(house, row)
    except KeyError:
        return {}
    parts = version.hashed(row.language)
    names = ("form/content.json", "form/own-paragraphs.json")
    wording = "\n\n".join(version.every_text(row.language)) + "\n"
    return {"form/wording.txt": wording.encode(), **dict(zip(names, parts, strict=False))}


def _certificates(connection: Connection, shown: Disclosed) -> dict[str, bytes]:
    """Return the certificates with which the paper was sealed, and the roots of what time-stamped it and the trail."""
    used = {row.seal for row in shown.documents}
    kept = [("certificates", row) for row in certificates.every(connection) if row.id in used]
    kept += [("time-stamp-authority", row) for row in stamps.roots(connection)]
    return {f"{folder}/{row.id[:16]}.pem": row.pem.encode() for folder, row in kept}


def _chain(house: House, connection: Connection, head: Head, shown: Disclosed) -> bytes:
    out = io.BytesIO()
    told = exporting.Shown(whole=shown.whole, first=min(shown.whole), words=shown.words, records=shown.records)
    exporting.write(house, connection, out, head, told)
    return out.getvalue()


def _zipped(house: House, shown: Disclosed, files: Mapping[str, bytes], papers: Mapping[str, str]) -> Bundle:
    manifest = canonical(
        {
            "bundle": FORMAT,
            "made_at": house.clock().isoformat(timespec="seconds"),
            "consent": shown.row.id,
            "form": {"name": shown.row.form, "version": shown.row.form_version, "sha256": shown.row.form_hash},
            "seals": sorted({row.seal for row in shown.documents if row.seal}),
            "custody_key": key_fingerprint(house.keyring),
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
            "papers": dict(papers),
        }
    )
    signature = sign_manifest(house.keyring, manifest)
    signed = {"key_id": signature.key_id, "signature": signature.value.hex()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        every = {**files, MANIFEST: manifest, SIGNATURE: json.dumps(signed).encode()}
        for name in sorted(every):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name == TOOL else 0o644) << 16
            archive.writestr(entry, every[name])
    content = out.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    return Bundle(content, f"bundle-{digest[:8]}.zip", digest, len(shown.entries), len(files) + 2)


__all__ = ["BadIdentifier", "Bundle", "bundle", "bundle_by_number", "check"]
