"""The outbox, the job queue and the mail service in memory."""

from __future__ import annotations

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
