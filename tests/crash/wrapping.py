"""Put the named steps around the product's own functions, from outside: the product knows nothing of this.

A function that was renamed or moved stops the launcher at once; one that is no longer called leaves its step
unreached, which the laboratory counts as a broken promise of the harness.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

import gunicorn.http.wsgi
from sqlalchemy.engine.default import DefaultDialect

from consent.documents.printing import Printer
from consent.documents.sealing import Sealer
from consent.mailer import SmtpMailer
from consent.records import custody
from consent.records.ledger import Ledger
from consent.vault import envelope
from consent.vault.blobs import FolderBlobStore
from tests.crash.trap import AFTER, BEFORE, Trap

ACTS = frozenset({"consent.sign", "revocation.revoke", "notice.send"})
"""The deeds whose custody entry, commit and answer are steps; all others pass without."""
ROWS = frozenset({"document", "revocation_request"})
OWED = frozenset({"task", "notice"})

Asked = Callable[..., bool]


class _Thread(threading.local):
    """How far the deed of this thread is: its custody entry was written, its transaction committed."""

    entered = False
    committed = False


def wrap_all(trap: Trap) -> None:
    """Put every named step in place. Once in a process, before it forks."""
    state = _Thread()
    _wrap(trap, Printer, "print_paper", "render")
    _wrap(trap, Sealer, "seal", "seal")
    _wrap_everywhere(trap, envelope.encrypt, "encrypt", lambda _ring, _key, where, _plain: where.table == "document")
    _wrap(trap, FolderBlobStore, "put", "blob")
    _wrap(trap, SmtpMailer, "send", "send")
    _wrap(trap, Ledger, "update", "row", lambda _ledger, table, _row, **new: _is_sent(table.name, new))
    _wrap(trap, Ledger, "insert", "row", lambda _ledger, table, **_: table.name in ROWS)
    _wrap(trap, Ledger, "insert", "outbox", lambda _ledger, table, **_: table.name in OWED)
    _wrap(trap, Ledger, "insert_many", "outbox", lambda _ledger, table, rows: table.name in OWED and bool(rows))
    _wrap_custody(trap, state)
    _wrap_commit(trap, state)
    _wrap_reply(trap, state)


def _is_sent(table: str, new: dict[str, Any]) -> bool:
    return table == "notice" and new.get("state") == "sent"


def _around(trap: Trap, inner: Callable[..., Any], step: str, asked: Asked | None = None) -> Callable[..., Any]:
    @functools.wraps(inner)
    def wrapped(*args: Any, **named: Any) -> Any:
        if asked is not None and not asked(*args, **named):
            return inner(*args, **named)
        trap.at(step, BEFORE)
        value = inner(*args, **named)
        trap.at(step, AFTER)
        return value

    return wrapped


def _wrap(trap: Trap, owner: type, name: str, step: str, asked: Asked | None = None) -> None:
    setattr(owner, name, _around(trap, owner.__dict__[name], step, asked))


def _wrap_everywhere(trap: Trap, inner: Callable[..., Any], step: str, asked: Asked) -> None:
    """Wrap a function under every name by which a module of ours knows it."""
    wrapped = _around(trap, inner, step, asked)
    for name, module in list(sys.modules.items()):
        if name.startswith("consent."):
            for known, value in list(vars(module).items()):
                if value is inner:
                    setattr(module, known, wrapped)


def _wrap_custody(trap: Trap, state: _Thread) -> None:
    append = custody.append

    @functools.wraps(append)
    def wrapped(*args: Any, **named: Any) -> tuple[int, str]:
        if named["act"] not in ACTS:
            return append(*args, **named)
        trap.at("custody", BEFORE)
        entry = append(*args, **named)
        state.entered = True
        trap.at("custody", AFTER)
        return entry

    custody.append = wrapped


def _wrap_commit(trap: Trap, state: _Thread) -> None:
    commit, rollback = DefaultDialect.do_commit, DefaultDialect.do_rollback

    def committed(dialect: DefaultDialect, connection: Any) -> None:
        if not state.entered:
            commit(dialect, connection)
            return
        trap.at("commit", BEFORE)
        commit(dialect, connection)
        state.entered, state.committed = False, True
        trap.at("commit", AFTER)

    def rolled_back(dialect: DefaultDialect, connection: Any) -> None:
        state.entered = False
        rollback(dialect, connection)

    DefaultDialect.do_commit, DefaultDialect.do_rollback = committed, rolled_back  # type: ignore[method-assign]


def _wrap_reply(trap: Trap, state: _Thread) -> None:
    """The answer to the request whose deed was committed: before its first byte goes out, and after its head has."""
    send_headers = gunicorn.http.wsgi.Response.send_headers

    def sent(response: Any) -> None:
        if not state.committed:
            send_headers(response)
            return
        state.committed = False
        trap.at("reply", BEFORE)
        send_headers(response)
        trap.at("reply", AFTER)

    gunicorn.http.wsgi.Response.send_headers = sent
