"""The outbox, the job queue and the mail service in memory."""

from __future__ import annotations

import dataclasses
import uuid
from types import SimpleNamespace


class Outbox:
    """`letters` by id; posting an id again posts it once, as the real one does."""

    def __init__(self):
        self.letters = {}

    def post(self, kind, body, locale, *, id=None, session=None):
        letter = SimpleNamespace(id=id or uuid.uuid4(), kind=kind, body=dict(body), locale=locale)
        self.letters.setdefault(letter.id, letter)

    def of(self, kind):
        return [letter for letter in self.letters.values() if letter.kind == kind]


class Jobs:
    def __init__(self):
        self.put_jobs = []

    def put(self, job, **facts):
        self.put_jobs.append((job, facts))


class Letters:
    """What the worker takes from: one after the other, leased until done, in virtual seconds."""

    def __init__(self, *letters, now=0):
        self.now = now
        self._waiting = {letter.id: [letter, 0] for letter in letters}

    def take(self, lease_s):
        due = [entry for entry in self._waiting.values() if entry[1] <= self.now]
        if not due:
            return None
        entry = min(due, key=lambda one: one[1])
        entry[1] = self.now + lease_s * 2 ** min(entry[0].attempts, 6)
        entry[0] = dataclasses.replace(entry[0], attempts=entry[0].attempts + 1)
        return entry[0]

    def done(self, letter_id):
        del self._waiting[letter_id]

    @property
    def waiting(self):
        return [letter for letter, _ in self._waiting.values()]


class Addressees:
    def __init__(self, *people):
        self._people = people

    def by_email(self, email):
        return next((one for one in self._people if one.email == email), None)

    def by_id(self, user_id):
        return next((one for one in self._people if one.user_id == user_id), None)


class Tokens:
    """`kept` by the token itself, which the real one does not know afterwards."""

    def __init__(self):
        self.kept = {}

    def mint(self, purpose, body, *, lives):
        token = f"{purpose}-{len(self.kept) + 1}-{'x' * 32}"
        self.kept[token] = (purpose, dict(body))
        return token


class InvitationLinks:
    def __init__(self, *, are_open=True):
        self._are_open = are_open

    def mint_for_invitation(self, tenant_id, invitation_id):
        return f"invitation-{invitation_id}" if self._are_open else None


class Mailer:
    """Fails as often as it is told to, with what it is told."""

    def __init__(self, *faults):
        self.sent, self._faults = [], list(faults)

    def send(self, message):
        if self._faults:
            raise self._faults.pop(0)
        self.sent.append(message)
