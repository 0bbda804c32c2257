"""Read a page as a browser would: its forms, and everything on it that our policy forbids."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

ADDRESSES = frozenset({"href", "src", "action", "formaction", "srcset", "data", "poster", "cite", "background", "ping"})
OUR_DATA = "data:image/"
# A link that a person may press, to a post: never loaded by the page itself.
PRESSED = frozenset({"a"})


@dataclass
class Field:
    """One field of a form. `offered`: what a browser could send without anything being typed."""

    name: str
    kind: str
    offered: list[str] = field(default_factory=list)


@dataclass
class SentForm:
    """A form that changes something."""

    action: str
    fields: dict[str, Field] = field(default_factory=dict)


class Page(HTMLParser):
    """`wrong` lists what a strict page may not hold."""

    def __init__(self, response: TestResponse, path: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.forms: list[SentForm] = []
        self.links: set[str] = set()
        self.wrong: list[str] = []
        self.title = ""
        self._nonce = _nonce(response)
        self._form: SentForm | None = None
        self._select: Field | None = None
        self._in = ""
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self._in = tag
        self._judge(tag, said)
        if tag == "form" and said.get("method", "get").lower() == "post":
            self._form = SentForm(said.get("action") or self.path)
            self.forms.append(self._form)
        elif tag == "a" and said.get("href", "").startswith("/"):
            self.links.add(said["href"])
        elif self._form is not None and said.get("name"):
            self._note(self._form, tag, said)
        elif tag == "option" and self._select is not None:
            self._select.offered.append(said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._in = ""
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._in == "title":
            self.title += data
        elif self._in == "style" and data.strip():
            self.wrong.append("an inline style")

    def _note(self, form: SentForm, tag: str, said: dict[str, str]) -> None:
        kind = said.get("type", "text") if tag in ("input", "button") else tag
        known = form.fields.setdefault(said["name"], Field(said["name"], kind))
        if tag == "select":
            self._select = known
        elif "value" in said:
            known.offered.append(said["value"])

    def _judge(self, tag: str, said: dict[str, str]) -> None:
        if tag == "script" and said.get("nonce") != self._nonce and not said.get("src", "").startswith("/static/"):
            self.wrong.append("a script without the nonce")
        if tag in ("base", "iframe", "object", "embed"):
            self.wrong.append(f"a {tag}")
        # A page that ends by itself leads on to one of ours.
        ends = said.get("http-equiv") == "refresh" and "url=/" in said.get("content", "").replace(" ", "").lower()
        if "srcdoc" in said or ("http-equiv" in said and not ends):
            self.wrong.append("srcdoc or http-equiv")
        self._judge_attributes(tag, said)

    def _judge_attributes(self, tag: str, said: dict[str, str]) -> None:
        for name, value in said.items():
            if name.startswith("on"):
                self.wrong.append(f"a handler {name} on {tag}")
            elif name == "style":
                self.wrong.append(f"a style on {tag}: {value[:40]}")
            elif name in ADDRESSES:
                self._judge_address(tag, value)

    def _judge_address(self, tag: str, value: str) -> None:
        parts = urlsplit(value.strip())
        if parts.scheme == "javascript":
            self.wrong.append("a javascript: address")
        elif (parts.scheme or parts.netloc) and tag not in PRESSED and not value.startswith(OUR_DATA):
            self.wrong.append(f"an address elsewhere on {tag}: {value[:60]}")


def _nonce(response: TestResponse) -> str:
    return response.headers.get("Content-Security-Policy", "").partition("'nonce-")[2].partition("'")[0] or "none"


def is_page(response: TestResponse) -> bool:
    return response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 307, 308)


def csrf(client: FlaskClient) -> str:
    """A right CSRF token for this browser. Made once for what its cookie holds."""
    held = _cookie(client)
    if held not in _TOKENS:
        with client.session_transaction() as session:
            raw = session.setdefault("csrf_token", "f" * 40)
        secret = client.application.config["SECRET_KEY"]
        held = _cookie(client)
        _TOKENS[held] = str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))
    return _TOKENS[held]


_TOKENS: dict[str, str] = {}


def _cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    return cookie.value if cookie is not None else ""
