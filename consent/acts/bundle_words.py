"""The pages of a bundle that people read: the timeline, what came of the consent, and how to check each thing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from consent.acts.custody import Head
from consent.acts.disclosing import Disclosed, Told
from consent.rules.chain import grouped

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*\+00:00")
TITLES = {
    "answers": "What was answered",
    "pictures": "Pictures that were linked to it",
    "verdicts": "Questions whether a picture may be posted",
    "posts": "Posts that rest on it",
    "takedowns": "Posts taken down",
    "revocations": "Changes of mind",
    "notices": "Who was told",
}


@dataclass(frozen=True)
class TrailWords:
    """How the trail is told in plain words: acts by code, and who acted by kind."""

    acts: Mapping[str, str]
    who: Mapping[str, str]


def timeline(shown: Disclosed, said: TrailWords) -> dict[str, bytes]:
    """Return the timeline as text and as JSON."""
    told = [{**asdict(each), "what": _what(each, said), "who": _who(each, shown, said)} for each in shown.entries]
    lines = [f"Timeline of consent {shown.row.number}. Times are UTC. IDs stand for patients, pictures and posts.", ""]
    for each in told:
        lines.append(f"{_moment(each['at'])}  {each['what']}. {each['who']} ({each['actor']}). Entry {each['number']}.")
        about = "; ".join(
            f"{name}: {_flat(value)}" for name, value in each["about"].items() if value not in (None, "", [])
        )
        lines += [f"    {about}"] if about else []
        lines += [f"    Words: {each['words']}"] if each["words"] else []
    return {"timeline.txt": _text(lines), "timeline.json": _json(told)}


def facts(shown: Disclosed) -> dict[str, bytes]:
    """Return what came of the consent, as text and as JSON."""
    lines = [f"What came of consent {shown.row.number}. Times are UTC.", *_standing(shown)]
    for subject, each in shown.facts.items():
        lines += ["", TITLES[subject].upper()]
        lines += _listed(each) if each else ["", "  None."]
    return {"what-came-of-it.txt": _text(lines), "what-came-of-it.json": _json(shown.facts)}


def _standing(shown: Disclosed) -> list[str]:
    row = shown.row
    return [
        f"Form {row.form}, version {row.form_version}, in {row.language}, hash {row.form_hash}.",
        f"Signed {_moment(row.signed_at.isoformat())}, by {row.signer}, {row.method}. Status: {row.status}.",
        f"Ends: {row.expires_on.isoformat() if row.expires_on else row.until or 'see the form'}.",
    ]


def _listed(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield ""
        yield from (f"  {name}: {_flat(value)}" for name, value in row.items() if value not in (None, "", []))


def _flat(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        told = [_flat(each) for each in value]
        # Whole sentences stand beside one another; codes and IDs are a list.
        return (" " if any(each.endswith(".") for each in told) else ", ").join(told)
    return _moment(value) if isinstance(value, str) and _INSTANT.fullmatch(value) else str(value)


def _what(entry: Told, said: TrailWords) -> str:
    return said.acts.get(entry.act, entry.act)


def _who(entry: Told, shown: Disclosed, said: TrailWords) -> str:
    kind, _, actor_id = entry.actor.partition(":")
    return shown.names.get(actor_id, "") or said.who.get(kind, kind)


def _moment(written: str) -> str:
    return written[:19].replace("T", " ")


def _text(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n").encode()


def readme(shown: Disclosed, head: Head, fingerprint: str, names: Sequence[str], public_url: str) -> bytes:
    """Return how to check each thing with standard tools, in plain words."""
    groups = grouped(fingerprint)
    form = "form/own-paragraphs.json" if "form/own-paragraphs.json" in names else "form/content.json"
    seals = sorted({row.seal for row in shown.documents if row.seal})
    row = shown.row
    return f"""EVERYTHING ABOUT CONSENT {row.number}

This file names a patient. Keep it as you keep a medical record, and destroy it when you are done: what is destroyed
in the system later stays readable here.

FIRST, THE KEY. All below rests on one public key, custody-key.pem. Do not take it from here alone: ask the hospital's
privacy officer for its fingerprint, or read it on a printed head of the trail or in the court's file, and compare:
  {groups}
This is SHA-256 over the last 32 bytes of the key:
  openssl pkey -pubin -in custody-key.pem -outform DER | tail -c 32 | sha256sum

1. ALL AT ONCE
  python3 check-custody THIS.zip --key custody-key.pem
It needs Python 3.9 and its package "cryptography", nothing of the hospital's. It says SOUND or NOT SOUND and why, and
ends with status 0, 1, or 2 if it could check nothing. Where the trail was time-stamped, add --tsa ROOT.pem with the
root certificate of the time-stamp authority; one lies in time-stamp-authority/, but ask the authority for it.
Read the tool before you run it: it is one file, and says how the chain is made.

2. EACH FILE
manifest.json names every file with its SHA-256; manifest.sig is the custody key's signature over it (Ed25519, over
purpose and content, each behind its length in 8 bytes). By hand:
  sha256sum FILE          and compare with manifest.json

3. THE SIGNED FORM
consent.pdf is the sealed form, newest version; earlier-versions/ holds what it was before it was time-stamped, if it
was: the same bytes, without the time-stamp behind them. Who changes one byte breaks the seal:
  pdfsig consent.pdf      (package poppler-utils)
"Signature is Valid" is the seal. Of a form that was time-stamped, pdfsig says "Not total document signed" of the seal:
the time-stamp lies behind it, and is the signature that covers the whole.
The signer is unknown to your program, because the root is the hospital's own:
compare the certificate with certificates/, whose fingerprint is
  {", ".join(seals) or "none: the form is not sealed"}
  openssl x509 -in certificates/NAME.pem -noout -fingerprint -sha256
Its SHA-256 stands in the record document/... in the trail, so it is the file of that day. The hospital's page
  {public_url}/check
says whether the consent is still in force today.
receipt.json and shown-text.txt are enclosed in the sealed PDF and under its seal: pdfdetach -saveall consent.pdf

4. THE WORDS THAT WERE SIGNED
  sha256sum {form}        gives {row.form_hash}
which is printed on the form. form/wording.txt has the same words to read, with every choice the form can show.

5. THE TRAIL
custody.jsonl holds the hospital's trail from the first entry about this consent to entry {head.number}. The
{len(shown.entries)} entries about this consent are in it in full. Every other entry is there as its SHA-256 alone: so
much is needed to show that nothing was put in, taken out or changed since, and it tells nothing about anybody else.
Records are shown as they were digested when they were last written, words with the salt of their commitment.
timeline.txt and what-came-of-it.txt tell the same in plain words; each line names its entry or its record.

WHAT THIS DOES NOT PROVE
- That no entry about this consent was left out: an entry of which the digest alone is shown might be one. Ask for the
  whole trail (the command "consent export-custody"), in which every entry stands in full; it holds IDs and codes only.
- That the hospital did not write another history before a head was signed, if it holds the key and the data. What
  stands against it is outside its hands: sealed forms that patients hold, printed heads, time-stamps of an authority.
- Anything about other people in the same picture: of them there is no more here than an ID.
""".encode()
