"""A browser without a window: real requests to a real port, cookies kept, forms filled in as the page shows them."""

from __future__ import annotations

import html
import http.client
import re
import urllib.parse
from dataclasses import dataclass
from http.cookies import SimpleCookie

PATIENCE = 60  # seconds
_HIDDEN = re.compile(r'<input type="hidden"([^>]*)>')
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')


class Cut(Exception):
    """The connection ended before an answer began."""


@dataclass(frozen=True)
class Answer:
    """What came back; `text` is what arrived of it."""

    status: int
    location: str
    text: str

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's forms."""
        found = {}
        for inside in _HIDDEN.findall(self.text):
            pairs = dict(_ATTRIBUTE.findall(inside))
            found[pairs["name"]] = html.unescape(pairs.get("value", ""))
        return found


class Browser:
    """One browser. It survives the server."""

    def __init__(self, port: int, **cookies: str) -> None:
        self._port = port
        self._cookies = dict(cookies)

    def get(self, path: str) -> Answer:
        """Open a page. Raises: Cut."""
        return self._ask("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form. Raises: Cut."""
        return self._ask("POST", path, urllib.parse.urlencode(fields))

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        headers = {"Connection": "close"}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Cut from error
        for line in answer.headers.get_all("Set-Cookie") or ():
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        try:
            text = answer.read()
        except http.client.IncompleteRead as error:
            text = error.partial  # a browser follows the head of an answer whose rest never came
        except OSError:
            text = b""
        connection.close()
        return Answer(answer.status, answer.headers.get("Location", ""), text.decode("utf-8", "replace"))
