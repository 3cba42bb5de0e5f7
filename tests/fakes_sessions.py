"""What sessions stand on, in memory: keys, standings, the session table. Real code, as in `fakes.py`."""

from __future__ import annotations

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
        self._ended, self._valid_from = set(), {}

    def join(self, user_id, organization_id=None, role=None):
        self.people.add(user_id)
        if organization_id:
            self.roles[user_id, organization_id] = role

    def leave(self, user_id, organization_id):
        self.roles.pop((user_id, organization_id), None)

    def standing(self, user_id, organization_id, session_id):
        if user_id not in self.people:
            return None
        return Standing(
            role=self.roles.get((user_id, organization_id)),
            sessions_valid_from_at=self._valid_from.get(user_id, EPOCH),
            session_ended=(user_id, session_id) in self._ended,
        )

    def end_session(self, user_id, session_id):
        self._ended.add((user_id, session_id))

    def end_all_sessions(self, user_id, *, before):
        self._valid_from[user_id] = max(before, self._valid_from.get(user_id, EPOCH))
