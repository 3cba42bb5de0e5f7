"""What sessions stand on, in memory: keys, standings, the session table. Real code, as in `fakes.py`."""

from __future__ import annotations

import dataclasses
import json
import time
from datetime import UTC, datetime

from chalicelib.identity.keys import parse
from chalicelib.identity.standing import Standing
from infra.identity_keys import made

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def identity_keys(*, now_s=None):
    """The keys of a new installation."""
    return parse(json.dumps(made(int(time.time() if now_s is None else now_s))))


class Standings:
    """Roles and ended sessions of any number of people."""

    def __init__(self):
        self.roles, self.people = {}, set()
        self.owing = {}  # how organizations stand that are not current
        self._ended, self._valid_from = set(), {}

    def join(self, user_id, organization_id=None, role=None):
        self.people.add(user_id)
        if organization_id:
            self.roles[user_id, organization_id] = role

    def owe(self, organization_id, state):
        self.owing[organization_id] = state

    def leave(self, user_id, organization_id):
        self.roles.pop((user_id, organization_id), None)

    def standing(self, user_id, organization_id, session_id):
        if user_id not in self.people:
            return None
        return Standing(
            role=self.roles.get((user_id, organization_id)),
            sessions_valid_from_at=self._valid_from.get(user_id, EPOCH),
            session_ended=(user_id, session_id) in self._ended,
            billing_state=self.owing.get(organization_id, "current"),
        )

    def end_session(self, user_id, session_id):
        self._ended.add((user_id, session_id))

    def end_all_sessions(self, user_id, *, before):
        self._valid_from[user_id] = max(before, self._valid_from.get(user_id, EPOCH))


class Sessions:
    """The session table: each method is one write or one read, as there."""

    def __init__(self):
        self._items, self.broken = {}, None

    def add(self, session):
        self._answer()
        assert (session.user_id, session.id) not in self._items
        self._items[session.user_id, session.id] = session

    def read(self, user_id, session_id):
        self._answer()
        return self._items.get((user_id, session_id))

    def rotate(self, session, *, replacing):
        known = self.read(session.user_id, session.id)
        if known is None or known.revoked_at or known.live_sha256 != replacing:
            return False
        names = (
            "live_sha256",
            "previous_sha256",
            "successor_sealed",
            "last_used_at",
            "expires_at",
            "ip",
            "user_agent",
        )
        self._change(known, **{name: getattr(session, name) for name in names})
        return True

    def choose(self, user_id, session_id, organization_id):
        known = self.read(user_id, session_id)
        if known is None or known.revoked_at:
            return False
        self._change(known, organization_id=organization_id)
        return True

    def revoke(self, user_id, session_id, *, at):
        known = self.read(user_id, session_id)
        if known and not known.revoked_at:
            self._change(known, revoked_at=at, successor_sealed=b"", previous_sha256="")

    def sessions_of(self, user_id):
        self._answer()
        return [one for one in self._items.values() if one.user_id == user_id]

    def _change(self, known, **values):
        self._items[known.user_id, known.id] = dataclasses.replace(known, **values)

    def _answer(self):
        if self.broken:
            raise self.broken
