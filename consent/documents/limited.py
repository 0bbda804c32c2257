"""The check of a seal on a file from anybody, in a process of its own with little time and memory.

A file that is made to exhaust or crash whoever reads it takes down that process alone, and the answer is no.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from consent.documents.certificates import Certificate
from consent.documents.verifying import SealCheck, Versions, check_seal

ROOT = Path(__file__).parents[2]
SECONDS = 5
CPU_SECONDS = 4
MEMORY = 1 << 30
LARGEST = 16 << 20
AT_ONCE = 2
TOOK_TOO_LONG = "took-too-long"
_places = threading.BoundedSemaphore(AT_ONCE)


class Busy(RuntimeError):
    """Too many files are being checked; it can be asked again."""


def check_limited(
    pdf: bytes,
    our_certificates: Iterable[Certificate],
    demo_allowed: bool = False,
    seconds: float = SECONDS,
    versions: Versions | None = None,
) -> SealCheck:
    """As `check_seal`, within five seconds for any bytes; what takes longer is not genuine ('took-too-long').

    `seconds`: more, for a file that is known to be ours, on a machine that is slow. Raises: Busy.
    """
    if len(pdf) > LARGEST or not pdf.startswith(b"%PDF-"):
        return SealCheck(False, "unreadable")
    asked = {
        "certificates": [each.pem for each in our_certificates],
        "demo_allowed": demo_allowed,
        "sizes": versions.sizes if versions is not None else (),
        "trust": [each.pem for each in versions.trust] if versions is not None else [],
    }
    if not _places.acquire(timeout=SECONDS):
        raise Busy
    try:
        done = subprocess.run(
            [sys.executable, "-m", "consent.documents.limited"],
            input=json.dumps(asked).encode() + b"\n" + pdf,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            cwd=ROOT,
            # Nothing of ours is within reach of whatever a file makes of its reader: no address, no credentials.
            env={"LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired:
        return SealCheck(False, TOOK_TOO_LONG)
    finally:
        _places.release()
    return _read(done.stdout) if done.returncode == 0 else SealCheck(False, TOOK_TOO_LONG)


def _read(answer: bytes) -> SealCheck:
    said = json.loads(answer)
    at = said["sealed_at"]
    return SealCheck(
        said["genuine"],
        said["reason_code"],
        said["signed_by"],
        datetime.fromisoformat(at) if at is not None else None,
        tuple(datetime.fromisoformat(each) for each in said["stamps"]),
    )


def _answer() -> None:
    """Be that process: limits first, then the question from standard input, the answer to standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    line, _, pdf = sys.stdin.buffer.read(LARGEST + (1 << 20)).partition(b"\n")
    asked = json.loads(line)
    certificates, trust = (
        [Certificate.load(each.encode()) for each in asked[kind]] for kind in ("certificates", "trust")
    )
    versions = Versions(tuple(asked["sizes"]), tuple(trust)) if asked["sizes"] else None
    found = check_seal(pdf, certificates, asked["demo_allowed"], versions)
    at = found.sealed_at
    said = {
        "genuine": found.genuine,
        "reason_code": found.reason_code,
        "signed_by": found.signed_by,
        "sealed_at": at.isoformat() if at is not None else None,
        "stamps": [each.isoformat() for each in found.stamps],
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    _answer()
