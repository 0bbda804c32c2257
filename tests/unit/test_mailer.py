"""A message is handed over once, whole, to one person; every failure is named and none tells an address.

The mail server is a real one, on loopback.
"""

from __future__ import annotations

import asyncio
import email
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from consent.mailer import AbsentMailer, KeptMailer, Mailer, MailFailed, Message, Security, SmtpMailer

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MESSAGE = Message("poster@example.org", "Stop using IMG-7K3Q-9XTF-V", "Please open https://consent.example/t/1\n", "n1")


@dataclass
class Sink:
    """Keeps what it is handed; answers as it is told."""

    port: int = 0
    recipient_answer: str = "250 OK"
    data_answer: str = "250 OK"
    got: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            parsed = email.message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(parsed, EmailMessage)
            self.got.append(parsed)
            self.recipients += envelope.rcpt_tos
        return self.data_answer


class LosesTheLastWord(SMTP):
    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        await self.push("421 Going away")


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"clinic", b"right")
    return AuthResult(success=right, handled=right)


@pytest.fixture
def start() -> Iterator[object]:
    """Start servers in a thread of their own; they are gone afterwards."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    servers: list[asyncio.Server] = []

    def starter(kind: type[SMTP] = SMTP, implicit: ssl.SSLContext | None = None, **options: object) -> Sink:
        sink = Sink()

        async def serve() -> asyncio.Server:
            return await loop.create_server(
                lambda: kind(sink, hostname="sink", loop=loop, **options), "127.0.0.1", 0, ssl=implicit
            )

        server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
        servers.append(server)
        sink.port = server.sockets[0].getsockname()[1]
        return sink

    yield starter

    async def stop() -> None:
        for server in servers:
            server.close()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0.01)

    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "sink.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def served(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def mailer(sink: Sink, **options: object) -> SmtpMailer:
    settings = {"security": Security.NONE, "timeout": 5.0, **options}
    return SmtpMailer("127.0.0.1", sink.port, "consent@clinic.example", lambda: NOW, **settings)  # type: ignore[arg-type]


def failure(sender: Mailer, message: Message = MESSAGE) -> tuple[str, bool]:
    with pytest.raises(MailFailed) as caught:
        sender.send(message)
    assert "@" not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.code, caught.value.permanent


def test_a_message_arrives_whole(start) -> None:
    sink = start()
    mailer(sink).send(Message("zoe.o'hara@example.org", "Por favor: retírelo — سلمى", "Línea 1\n.\nLínea 3\n", "n-7"))
    (got,) = sink.got
    assert sink.recipients == ["zoe.o'hara@example.org"]
    assert got["Subject"] == "Por favor: retírelo — سلمى"
    assert got["From"] == "consent@clinic.example"
    assert got["Message-ID"] == "<n-7@clinic.example>"
    assert got["Date"].datetime == NOW
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_content().replace("\r\n", "\n") == "Línea 1\n.\nLínea 3\n"


@pytest.mark.parametrize(
    ("answer", "code", "permanent"),
    [
        ("550 No such user poster@example.org", "recipient-refused-550", True),
        ("450 Try again later", "recipient-refused-450", False),
        ("421 Going down", "recipient-refused-421", False),
    ],
)
def test_a_refused_recipient_is_permanent_only_if_the_server_says_so(start, answer, code, permanent) -> None:
    sink = start()
    sink.recipient_answer = answer
    assert failure(mailer(sink)) == (code, permanent)
    assert sink.got == []


@pytest.mark.parametrize(
    ("answer", "code", "permanent"),
    [("554 Looks like spam", "message-refused-554", True), ("452 Full", "message-refused-452", False)],
)
def test_a_refused_message(start, answer, code, permanent) -> None:
    sink = start()
    sink.data_answer = answer
    assert failure(mailer(sink)) == (code, permanent)


def test_an_accepted_message_is_not_called_failed_when_the_farewell_fails(start) -> None:
    sink = start(kind=LosesTheLastWord)
    mailer(sink).send(MESSAGE)
    assert len(sink.got) == 1


def test_no_server_or_a_silent_one_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert failure(mailer(Sink(port), timeout=0.2)) == ("unreachable", False)
    assert failure(mailer(Sink(port))) == ("unreachable", False)


def test_starttls_with_a_password(start, served, trust) -> None:
    sink = start(tls_context=served, require_starttls=True, auth_required=True, authenticator=_login)
    good = mailer(sink, security=Security.STARTTLS, trust=trust, username="clinic", password="right")
    good.send(MESSAGE)
    assert len(sink.got) == 1
    assert "right" not in repr(good)
    wrong = mailer(sink, security=Security.STARTTLS, trust=trust, username="clinic", password="wrong")
    assert failure(wrong) == ("sign-in-refused-535", False)


def test_tls_from_the_first_byte(start, served, trust) -> None:
    sink = start(implicit=served)
    mailer(sink, security=Security.TLS, trust=trust).send(MESSAGE)
    assert len(sink.got) == 1


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_server_that_nobody_vouches_for_gets_nothing(start, served, security) -> None:
    sink = start(implicit=served) if security is Security.TLS else start(tls_context=served)
    assert failure(mailer(sink, security=security)) == ("no-trusted-connection", False)
    assert sink.got == []


def test_starttls_is_never_silently_left_out(start, trust) -> None:
    sink = start()
    assert failure(mailer(sink, security=Security.STARTTLS, trust=trust)) == ("server-cannot", False)
    assert sink.got == []


def test_an_address_that_the_server_cannot_take_is_permanent(start) -> None:
    sink = start(enable_SMTPUTF8=False)
    assert failure(mailer(sink), Message("zoe@exámple.org", "x", "y")) == ("address-not-supported", True)


def test_a_password_never_crosses_a_network_in_the_clear() -> None:
    with pytest.raises(ValueError, match="only over TLS"):
        SmtpMailer("mail.example.org", 25, "a@clinic.example", lambda: NOW, Security.NONE, "clinic", "secret")


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@", "@b.example", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "a@b.example\n",
     "Zoe <a@b.example>", "a b@c.example", "a@b.example\x00", "a@b.example;c@d.example", " a@b.example"],
)  # fmt: skip
def test_only_one_bare_address_is_taken(address: str) -> None:
    with pytest.raises(MailFailed, match="bad-address") as caught:
        Message(address, "x", "y")
    assert caught.value.permanent


@given(st.text(), st.sampled_from("\r\n\x0b\x0c\x1c\x85\u2028\u2029\x00"), st.text())
def test_nothing_can_be_smuggled_into_a_header(before: str, line_break: str, after: str) -> None:
    smuggled = f"{before}{line_break}Bcc: a@b.example{after}"
    with pytest.raises(MailFailed):
        Message("poster@example.org", smuggled, "y")
    with pytest.raises(MailFailed):
        Message(f"poster@example.org{smuggled}", "x", "y")
    with pytest.raises(MailFailed):
        Message("poster@example.org", "x", "y", reference=smuggled)


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(MailFailed, match="bad-body"):
        Message("poster@example.org", "x", "\ud800")


@given(st.text())
def test_whatever_is_taken_as_an_address_stays_one_recipient(address: str) -> None:
    try:
        message = Message(address, "x", "y")
    except MailFailed:
        return
    letter = EmailMessage()
    letter["To"] = message.to
    (only,) = letter["To"].addresses
    assert only.addr_spec == address


def test_a_demonstration_keeps_its_messages_and_sends_none(tmp_path: Path) -> None:
    keeper = KeptMailer(tmp_path / "kept.jsonl", lambda: NOW)
    assert keeper.kept() == ()
    as_protocol: Mailer = keeper
    as_protocol.send(MESSAGE)
    as_protocol.send(Message("b@example.org", "Retírelo", "Línea 1\nLínea 2\u2028"))
    first, second = keeper.kept()
    assert (first.at, first.to, first.subject) == (NOW, MESSAGE.to, MESSAGE.subject)
    assert second.body == "Línea 1\nLínea 2\u2028"
    assert stat.S_IMODE(keeper.path.stat().st_mode) == 0o600


def test_many_that_keep_at_once_never_mix_their_lines(tmp_path: Path) -> None:
    keeper = KeptMailer(tmp_path / "kept.jsonl", lambda: NOW)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: keeper.send(Message("a@example.org", f"n{n}", "x" * 5000)), range(100)))
    assert {kept.subject for kept in keeper.kept()} == {f"n{number}" for number in range(100)}


def test_a_keeper_that_cannot_write_says_so(tmp_path: Path) -> None:
    with pytest.raises(MailFailed, match="cannot-keep"):
        KeptMailer(tmp_path / "no" / "folder.jsonl", lambda: NOW).send(MESSAGE)


def test_without_a_mail_server_nothing_is_handed_over_and_all_stays_owed() -> None:
    assert failure(AbsentMailer()) == ("no-mail-server", False)
