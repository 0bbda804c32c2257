"""A real time-stamp authority on this machine: a root, a certificate, `openssl ts` behind a small HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from consent.documents.certificates import Certificate
from consent.documents.stamping import Stamper
from tests.listening import listening

LASTS = timedelta(days=3 * 365)

CONFIG = """
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def machine_clock() -> datetime:
    """The machine's own time, in UTC: openssl stamps with no other."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Authority:
    """What stands in its folder, how it answers, and how often it was asked. `answer` turns a query into a reply."""

    folder: Path
    root: Certificate
    ends: datetime
    url: str = ""
    asked: int = 0
    answer: Callable[[bytes], bytes] = field(init=False)
    media_type: str = "application/timestamp-reply"
    status: int = 200

    def __post_init__(self) -> None:
        self.answer = self.reply

    def reply(self, query: bytes) -> bytes:
        """Answer as openssl does."""
        (self.folder / "query").write_bytes(query)
        command = ["openssl", "ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query", "-out", "reply"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()

    @property
    def trust_pem(self) -> bytes:
        return self.root.pem.encode()

    def stamper(self, *trust: Certificate, seconds: float = 20) -> Stamper:
        """A client of this authority that trusts its root, or the roots given."""
        return Stamper(self.url, trust or (self.root,), seconds)


def make(
    folder: Path,
    lasts: timedelta = LASTS,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
    places: Sequence[x509.ExtensionType] = (),
) -> Authority:
    """Make its keys and certificates; every authority bears the same names. `places`: where it can be asked about."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    now = machine_clock()
    since, until = now - timedelta(days=1), now + lasts
    root_name, name = _name("Time root"), _name("Time authority")
    root = (
        _started(root_name, root_name, root_key, since, now + 4 * LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    made = (
        _started(name, root_name, key, since, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
    )
    for each in places:
        made = made.add_extension(each, critical=False)
    certificate = made.sign(root_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "root.key").write_bytes(root_key.private_bytes(pem, *private))
    (folder / "tsa.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "tsa.key").write_bytes(key.private_bytes(pem, *private))
    (folder / "serial").write_text("01\n")
    (folder / "openssl.cnf").write_text(CONFIG.format(folder=folder))
    return Authority(folder, Certificate.load(root.public_bytes(pem)), until)


@contextmanager
def running(authority: Authority) -> Iterator[Authority]:
    """Let it answer at a port of this machine."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                authority.asked += 1
                body = authority.answer(query) if authority.status == 200 else b""
            try:
                self.send_response(authority.status)
                self.send_header("Content-Type", authority.media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the client has had enough
                pass

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with listening(Handler) as address:
        authority.url = f"{address}/stamp"
        yield authority


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _started(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates, content_commitment=not certificates, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=certificates, crl_sign=certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
