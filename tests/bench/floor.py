"""The floor under a verdict: the same reads, the same inserts and one durable commit, through the bare driver.

It decides nothing, hashes nothing and writes filler of the same size: no program can be quicker than this.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from consent.records.engine import WRITER_LOCK
from tests.bench.archive import row_id

STATE = """
SELECT (SELECT policy FROM organisation ORDER BY version DESC LIMIT 1), number, hash, at
FROM custody ORDER BY number DESC LIMIT 1"""
IMAGE = """
SELECT image.id, image.medium, image.state, image.reviewed_at, image.people_count,
  EXISTS (SELECT 1 FROM image_clearance c WHERE c.image_id = image.id
    AND (NOT c.rare OR c.second_reviewed_at IS NOT NULL)),
  p.id, p.recognisable, p.no_consent, l.consent_id
FROM image
LEFT JOIN image_person p ON p.image_id = image.id AND p.dropped_at IS NULL
LEFT JOIN image_link l ON l.person_id = p.id AND l.unlinked_at IS NULL
WHERE image.id = ? ORDER BY image.id, p.position, l.linked_at, l.id"""
CONSENT = """
SELECT id, status, asked, signed_at, signer, expires_on, event_confirmed_on, majority_on, suspended_at, revoked_at,
  void_at FROM consent WHERE id = ?"""
ANSWERS = """
SELECT consent_id, kind, code, answer, withdrawn_at FROM consent_answer WHERE consent_id = ?
UNION ALL SELECT consent_id, 'image', image_id, true, withdrawn_at FROM withdrawn_image WHERE consent_id = ?"""
LOOK_UP = f"INSERT INTO look_up VALUES ({', '.join('?' * 13)})"
ENTRY = "INSERT INTO custody (number, at, act, actor, entry, hash) VALUES (?, ?, ?, ?, ?, ?)"
ABOUT = "INSERT INTO custody_about (id, number, ref) VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?)"
NOW = "2026-11-03 15:00:00.000000"


class Floor:
    """One bare connection to the database at `url`, set up as ours is."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        self.count = itertools.count()
        self.connection: Any
        if self.is_sqlite:
            self.connection = sqlite3.connect(str(address.database), isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                self.connection.execute(f"PRAGMA {pragma}")
        else:
            where = f"host={address.query['host']} dbname={address.database} user={address.username}"
            options = "-c timezone=UTC -c lock_timeout=20s -c statement_timeout=60s"
            self.connection = psycopg.connect(where, options=options, prepare_threshold=2)
        self.run = f"{id(self.connection):x}{self._one('SELECT count(*) FROM look_up')[0]}"
        self.connection.commit()

    def _do(self, statement: str, *values: Any) -> Any:
        return self.connection.execute(statement if self.is_sqlite else statement.replace("?", "%s"), values)

    def _one(self, statement: str, *values: Any) -> Any:
        return self._do(statement, *values).fetchall()[0]

    def ask(self, image: str) -> None:
        """Read, write and commit what a verdict on this image reads, writes and commits."""
        if self.is_sqlite:
            self._do("BEGIN IMMEDIATE")
        else:
            self._do("SELECT pg_advisory_xact_lock(?)", WRITER_LOCK)
        _, last, previous, _ = self._one(STATE)
        consent = self._do(IMAGE, image).fetchall()[0][-1]
        self._do(CONSENT, consent).fetchall()
        self._do(ANSWERS, consent, consent).fetchall()
        asked, number = row_id(self.run, next(self.count)), last + 1
        kept = (asked, f"staff:{consent}", NOW, image, "id", "instagram", "public-education", "organisation")
        self._do(LOOK_UP, *kept, NOW[:10], True, "[]", '["no-first-name"]', json.dumps([consent]))
        self._do(ENTRY, number, NOW, "posting.look-up", f"staff:{consent}", b" " * 620, previous)
        refs = [value for ref in (image, consent, asked) for value in (f"{number}/{ref}", number, ref)]
        self._do(ABOUT, *refs)
        self.connection.commit() if not self.is_sqlite else self._do("COMMIT")

    def close(self) -> None:
        self.connection.close()
