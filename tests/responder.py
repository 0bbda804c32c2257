"""What a certification authority runs: `openssl ocsp` and its lists of revoked certificates, behind one HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from tests.listening import listening

PEM = serialization.Encoding.PEM


Signer = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def helper(
    issuer: x509.Certificate, key: ec.EllipticCurvePrivateKey, now: datetime,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.OCSP_SIGNING,
) -> Signer:  # fmt: skip
    """Somebody whom an issuer lets sign its answers for two days."""
    own = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Answers")]))
        .issuer_name(issuer.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
    )
    return made.sign(key, hashes.SHA256()), own


@dataclass
class Responder:
    """Answers for several issuers, by name. What stands in `instead` is sent in place of the true answer; `hanging`
    are the paths that never answer, `asked` those that were asked."""

    folder: Path
    url: str = ""
    asked: list[str] = field(default_factory=list)
    instead: dict[str, bytes] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    lists: dict[str, bytes] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heal(self) -> None:
        """Let it answer truly again, asked nothing yet."""
        for each in (self.asked, self.instead, self.hanging, self.moved):
            each.clear()

    def places(self, name: str, *, answers: bool = True, lists: bool = True) -> list[x509.ExtensionType]:
        """Where a certificate by this issuer can be asked about."""
        asked = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{self.url}/ocsp/{name}")
        )
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.url}/crl/{name}")], None, None, None)
        return [
            *([x509.AuthorityInformationAccess([asked])] if answers else []),
            *([x509.CRLDistributionPoints([point])] if lists else []),
        ]

    def speak_for(
        self,
        name: str,
        issuer: x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        *known: x509.Certificate,
        revoked: dict[x509.Certificate, datetime] | None = None,
        signer: Signer | None = None,
    ) -> None:
        """Answer for an issuer: of the certificates that it knows, and those that it revoked. `signer`: somebody whom
        it lets sign its answers."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        revoked = revoked or {}
        lines = [_line(each, None) for each in known] + [_line(each, since) for each, since in revoked.items()]
        (folder / "index.txt").write_text("".join(lines))
        (folder / "ca.pem").write_bytes(issuer.public_bytes(PEM))
        by, by_key = signer or (issuer, key)
        (folder / "signer.pem").write_bytes(by.public_bytes(PEM))
        (folder / "signer.key").write_bytes(
            by_key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )

    def answer(self, name: str, query: bytes) -> bytes:
        """Answer as openssl does: good until tomorrow."""
        folder = self.folder / name
        (folder / "query").write_bytes(query)
        command = ["openssl", "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "signer.pem", "-rkey",
                   "signer.key", "-reqin", "query", "-respout", "reply", "-ndays", "1"]  # fmt: skip
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return (folder / "reply").read_bytes()

    def reply(self, path: str, query: bytes) -> tuple[int, bytes]:
        """Status and body for one request."""
        self.asked.append(path)
        _, kind, name = path.split("/")
        if path in self.moved:
            return 302, b""
        if path in self.instead:
            return 200, self.instead[path]
        if kind == "ocsp":
            with self._lock:
                return 200, self.answer(name, query)
        return (200, self.lists[name]) if name in self.lists else (404, b"")


def revocation_list(
    issuer: x509.Certificate, key: ec.EllipticCurvePrivateKey, now: datetime,
    revoked: dict[x509.Certificate, datetime] | None = None, lasts: timedelta = timedelta(days=7),
) -> bytes:  # fmt: skip
    """An issuer's list (DER)."""
    made = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    made = made.last_update(now).next_update(now + lasts)
    for each, since in (revoked or {}).items():
        entry = x509.RevokedCertificateBuilder().serial_number(each.serial_number).revocation_date(since).build()
        made = made.add_revoked_certificate(entry)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class _Handler(BaseHTTPRequestHandler):
    responder: Responder

    def do_GET(self) -> None:
        self.reply(b"")

    def do_POST(self) -> None:
        self.reply(self.rfile.read(int(self.headers["Content-Length"])))

    def reply(self, query: bytes) -> None:
        status, body = self.responder.reply(self.path, query)
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Location", f"{self.responder.url}/crl/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            (self.drip if self.path in self.responder.hanging else self.wfile.write)(body)
        except OSError:  # the client has had enough
            pass

    def drip(self, body: bytes) -> None:
        """A byte now and then: never so long a pause that a read would run out of time."""
        for each in body:
            if self.responder.over.wait(0.1):
                return
            self.wfile.write(bytes([each]))
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def running(folder: Path) -> Iterator[Responder]:
    """Let one answer at a port of this machine."""
    responder = Responder(folder)
    handler = type("Handler", (_Handler,), {"responder": responder})
    with listening(handler) as responder.url:
        try:
            yield responder
        finally:
            responder.over.set()


def _line(certificate: x509.Certificate, revoked: datetime | None) -> str:
    """One line of the authority's own index, as openssl reads it."""
    ends, serial = _written(certificate.not_valid_after_utc), f"{certificate.serial_number:X}"
    serial = serial if len(serial) % 2 == 0 else f"0{serial}"
    state = f"R\t{ends}\t{_written(revoked)}" if revoked is not None else f"V\t{ends}\t"
    return f"{state}\t{serial}\tunknown\t/CN=known\n"


def _written(moment: datetime) -> str:
    return moment.strftime("%y%m%d%H%M%SZ")
