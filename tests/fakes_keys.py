"""API keys, the audit log and answers to repeat, in memory: real code that keeps the promises of the ports."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from datetime import UTC, datetime

from chalicelib.errors import Conflict, NotFound
from chalicelib.identity.api_keys import LIVE_KEYS_MAX, ApiKey, IssuedKey, KnownKey, new_key
from chalicelib.tenancy.audit import Line
from chalicelib.tenancy.origin import current_origin
from chalicelib.tenancy.pages import Page


def page_of(rows, cursor, limit):
    """`rows` newest first; a cursor is how many were seen."""
    first = int(cursor or 0)
    following = str(first + limit) if first + limit < len(rows) else None
    return Page(tuple(rows[first : first + limit]), following)


class ApiKeys:
    """Of any number of organizations."""

    def __init__(self):
        self._rows, self._known, self.uses = {}, {}, []
        self.owing = {}  # how organizations stand that are not current

    def issue(self, tenant_id, *, role="owner", scopes=()):
        """The text of a new key; for tests that need one."""
        return self.add(
            tenant_id,
            new_key(),
            name="a key",
            role=role,
            scopes=scopes,
            expires_at=None,
            by="system:test",
        ).key

    def add(self, tenant_id, new, *, name, role, scopes, expires_at, by):
        mine = [key for owner, key in self._rows.values() if owner == tenant_id]
        if sum(key.state == "live" for key in mine) >= LIVE_KEYS_MAX:
            raise Conflict("Too many live keys.", limit=LIVE_KEYS_MAX)
        key = ApiKey(
            id=uuid.uuid4(),
            prefix=new.prefix,
            name=name,
            role=role,
            scopes=tuple(scopes),
            created_by=by,
            created_at=datetime.now(UTC),
            expires_at=expires_at,
            revoked_at=None,
            last_used_at=None,
        )
        self._rows[key.id] = (tenant_id, key)
        self._known[new.prefix] = (key.id, new.secret_sha256)
        return IssuedKey(key=new.text, **dataclasses.asdict(key))

    def known_key(self, prefix):
        key_id, secret_sha256 = self._known.get(prefix, (None, None))
        if key_id is None or self._rows[key_id][1].state != "live":
            return None
        tenant_id, key = self._rows[key_id]
        return KnownKey(
            id=key_id,
            organization_id=tenant_id,
            secret_sha256=secret_sha256,
            role=key.role,
            scopes=key.scopes,
            billing_state=self.owing.get(tenant_id, "current"),
        )

    def note_use(self, tenant_id, key_id):
        self.uses.append(key_id)
        self._replace(key_id, last_used_at=datetime.now(UTC))

    def page(self, tenant_id, *, cursor=None, limit=50):
        mine = [key for owner, key in self._rows.values() if owner == tenant_id]
        return page_of(mine[::-1], cursor, limit)

    def revoke(self, tenant_id, key_id, *, by):
        owner, key = self._rows.get(key_id, (None, None))
        if owner != tenant_id:
            raise NotFound(f"There is no API key {key_id} here.")
        self._replace(key_id, revoked_at=key.revoked_at or datetime.now(UTC))

    def _replace(self, key_id, **changes):
        owner, key = self._rows[key_id]
        self._rows[key_id] = (owner, dataclasses.replace(key, **changes))


class AuditLog:
    def __init__(self):
        self._lines = []

    def add(self, tenant_id, by, action, subject_id, *, before=None, after=None, **facts):
        origin = current_origin.get()
        line = Line(
            id=len(self._lines) + 1,
            recorded_at=datetime.now(UTC),
            actor=by,
            actor_name=None,
            action=action,
            subject_id=subject_id,
            source_ip=origin.ip,
            user_agent=origin.user_agent,
            request_id=origin.request_id,
            before=before or {},
            after=after or {},
            facts=facts,
        )
        self._lines.append((tenant_id, line))

    def page(self, tenant_id, looked_for, *, cursor, limit):
        wanted = {
            name: value
            for name in ("actor", "action", "subject_id")
            if (value := getattr(looked_for, name)) is not None
        }
        found = [
            line
            for owner, line in self._lines
            if owner == tenant_id
            and all(getattr(line, name) == value for name, value in wanted.items())
            and (looked_for.since is None or line.recorded_at >= looked_for.since)
            and (looked_for.until is None or line.recorded_at < looked_for.until)
        ]
        return page_of(found[::-1], cursor, limit)


class Answers:
    """One after another; what `make` changes elsewhere in memory stays, as there is no transaction around it."""

    def __init__(self):
        self._kept, self._lock = {}, threading.RLock()

    def once(self, asked, make):
        name = (asked.tenant_id, asked.actor, asked.key_sha256)
        with self._lock:
            if name not in self._kept:
                self._kept[name] = (asked.request_sha256, make())
            request_sha256, answer = self._kept[name]
        if request_sha256 != asked.request_sha256:
            raise Conflict("The Idempotency-Key was used for another request.")
        return answer
