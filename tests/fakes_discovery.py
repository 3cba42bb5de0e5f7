"""Conversations in memory, as real code: the store, the board, and somebody in the background who answers when told to."""

from __future__ import annotations

import dataclasses
import json
import uuid
from datetime import UTC, datetime, timedelta

from chalicelib.discovery.answering import Background, folder
from chalicelib.discovery.records import Discovery, Failure, Turn
from chalicelib.errors import BudgetReached, CloudBusy, Conflict, NotFound, TooLarge
from chalicelib.tenancy.pages import Page


def now():
    return datetime.now(UTC)


class Documents(dict):
    def write(self, key, content, content_type="application/json"):
        self[key] = content

    def read(self, key, bytes_max):
        if key not in self:
            raise NotFound(f"There is no document {key!r}.")
        if len(self[key]) > bytes_max:
            raise TooLarge(f"{key!r} has {len(self[key])} bytes, at most {bytes_max} are read.")
        return self[key]


class Board:
    def __init__(self):
        self.words, self.claimed = {}, set()

    def claim(self, discovery_id, number, attempt):
        is_first = (discovery_id, number, attempt) not in self.claimed
        self.claimed.add((discovery_id, number, attempt))
        return is_first

    def show(self, discovery_id, number, attempt, words):
        self.words[discovery_id, number, attempt] = words

    def shown(self, discovery_id, number, attempt):
        return self.words.get((discovery_id, number, attempt), "")


class Interviewers:
    """Keeps who was called; a test answers for them."""

    def __init__(self, documents):
        self.documents, self.called, self.is_broken = documents, [], False

    def call(self, asked, lost):
        if self.is_broken:
            lost(CloudBusy("Lambda is busy"))
            return
        self.called.append(asked)

    def asked(self):
        return json.loads(self.documents[f"{self._where()}/asked.json"])

    def answer(self, **answered):
        self.documents[f"{self._where()}/answered.json"] = json.dumps(answered).encode()

    def _where(self):
        last = self.called[-1]
        return folder(last["tenant_id"], last["discovery_id"], last["number"], last["attempt"])


def background(documents=None, **limits):
    documents = Documents() if documents is None else documents
    limits = {"turn_microdollars_max": 500_000, "month_microdollars_max": 10_000_000, **limits}
    return Background(documents=documents, interviewers=Interviewers(documents), **limits)


class Discoveries:
    def __init__(self, apps=None):
        self._apps, self._rows, self._turns, self.calls = apps, {}, {}, {}

    # reading

    def read(self, tenant_id, discovery_id):
        row = self._rows.get(discovery_id)
        if row is None or row.tenant_id != tenant_id:
            raise NotFound(f"There is no discovery {discovery_id} here.")
        return row

    def page(self, tenant_id, *, cursor=None, limit=50):
        mine = [row for row in self._rows.values() if row.tenant_id == tenant_id]
        first = int(cursor or 0)
        following = str(first + limit) if first + limit < len(mine) else None
        return Page(tuple(reversed(mine))[first : first + limit], following)

    def turns(self, tenant_id, discovery_id, *, after=0, limit=50):
        self.read(tenant_id, discovery_id)
        return tuple(one for one in self._turns[discovery_id] if one.number > after)[:limit]

    def latest(self, tenant_id, discovery_id, *, limit=20):
        self.read(tenant_id, discovery_id)
        return tuple(self._turns[discovery_id][-limit:])

    def turn(self, tenant_id, discovery_id, number):
        self.read(tenant_id, discovery_id)
        for turn in self._turns[discovery_id]:
            if turn.number == number:
                return turn
        raise NotFound(f"There is no turn {number} in discovery {discovery_id}.")

    # steps

    def create(self, tenant_id, begun):
        row = Discovery(
            id=uuid.uuid4(), tenant_id=tenant_id, title=begun.title, locale=begun.locale, engine=begun.engine, status="open",
            blueprint_key=None, industry=None, mvs=None, mvs_version=0, app_id=None, created_by=begun.by, created_at=now(),
            updated_at=now(), ended_at=None,
        )  # fmt: skip
        self._rows[row.id], self._turns[row.id] = row, []
        if begun.first:
            self.add(tenant_id, row.id, begun.first, version=0)
        return self._rows[row.id]

    def add(self, tenant_id, discovery_id, step, *, version):
        row = self._open(tenant_id, discovery_id, version)
        before = self._change(row, step.outcome)
        told = {"reply": step.outcome.reply, "ask": step.outcome.ask, "mvs_before": before}
        told |= {"changes": list(step.outcome.changes), "diff": list(step.outcome.diff)}
        made = self._new(row, step.kind, step.said, step.by)
        return self._put(dataclasses.replace(made, status="done", ended_at=now(), **told))

    def begin(
        self,
        tenant_id,
        discovery_id,
        *,
        said,
        by,
        reserve_microdollars,
        month_microdollars_max,
    ):
        row = self._open(tenant_id, discovery_id)
        reserved = self._reserved(reserve_microdollars, month_microdollars_max)
        made = self._new(row, "message", said, by)
        return self._put(dataclasses.replace(made, reserved_microdollars=reserved))

    def again(
        self,
        tenant_id,
        discovery_id,
        number,
        *,
        reserve_microdollars,
        month_microdollars_max,
    ):
        self._open(tenant_id, discovery_id)
        turn = self.turn(tenant_id, discovery_id, number)
        if turn.status != "failed" or turn != self._turns[discovery_id][-1]:
            raise Conflict("Only the last turn can be tried again, and only when it failed.")
        reserved = self._reserved(reserve_microdollars, month_microdollars_max)
        running = {"status": "running", "failure_error": None, "failure_reason": None}
        running |= {"ended_at": None, "begun_at": now(), "attempt": turn.attempt + 1}
        return self._put(dataclasses.replace(turn, reserved_microdollars=reserved, **running))

    def finish(self, tenant_id, turn, outcome, calls, *, was_seen=True):
        standing = self.turn(tenant_id, turn.discovery_id, turn.number)
        self.calls |= {call["purpose"]: call for call in calls}
        if (standing.status, standing.attempt) != ("running", turn.attempt):
            return standing
        closed = {"ended_at": now(), "reserved_microdollars": 0}
        if isinstance(outcome, Failure):
            if not was_seen:
                unseen = {"cost_microdollars": standing.reserved_microdollars}
                self.calls[f"turn#{turn.number}#{turn.attempt}~unseen"] = unseen
            why = {"failure_error": outcome.error, "failure_reason": outcome.reason}
            return self._put(dataclasses.replace(standing, status="failed", **closed, **why))
        before = self._change(self._rows[turn.discovery_id], outcome)
        told = {"reply": outcome.reply, "ask": outcome.ask, "mvs_before": before}
        told |= {"changes": list(outcome.changes), "diff": list(outcome.diff)}
        return self._put(dataclasses.replace(standing, status="done", **closed, **told))

    def late(self, discovery_id):
        """As if the running turn had been asked long ago."""
        turn = self._turns[discovery_id][-1]
        self._put(dataclasses.replace(turn, begun_at=now() - timedelta(hours=1)))

    # ends

    def approve(self, tenant_id, discovery_id, *, version, by):
        row = self.read(tenant_id, discovery_id)
        if row.status == "approved":
            return row
        row = self._open(tenant_id, discovery_id, version)
        if row.mvs is None:
            raise Conflict("There is nothing to approve yet.")
        app = self._apps.create(
            tenant_id, name=row.mvs["name"], locale=row.locale, mvs=row.mvs, by=by
        )
        return self._close(row, status="approved", app_id=app.id)

    def abandon(self, tenant_id, discovery_id, *, by):
        row = self.read(tenant_id, discovery_id)
        if row.status == "abandoned":
            return row
        return self._close(self._open(tenant_id, discovery_id), status="abandoned")

    # rows

    def _open(self, tenant_id, discovery_id, version=None):
        row = self.read(tenant_id, discovery_id)
        if not row.is_open:
            raise Conflict(f"This discovery was {row.status}. Begin another one.")
        if any(turn.status == "running" for turn in self._turns[discovery_id]):
            raise Conflict("A turn is still being answered. Wait for it.")
        if version is not None and version != row.mvs_version:
            raise Conflict("The MVS changed meanwhile.", version=row.mvs_version)
        return row

    def _reserved(self, wanted, month_max):
        left = month_max - sum(call["cost_microdollars"] for call in self.calls.values())
        if left < 100_000:
            raise BudgetReached("The month is used up.")
        return min(wanted, left)

    def _new(self, row, kind, said, by):
        return Turn(
            discovery_id=row.id, number=len(self._turns[row.id]) + 1, kind=kind, status="running", attempt=1, said=said, reply="",
            ask=None, changes=[], diff=[], mvs_before=None, failure_error=None, failure_reason=None, reserved_microdollars=0,
            created_by=by, created_at=now(), begun_at=now(), ended_at=None,
        )  # fmt: skip

    def _put(self, turn):
        turns = self._turns[turn.discovery_id]
        turns[turn.number - 1 : turn.number] = [turn]
        return turn

    def _change(self, row, outcome):
        changed = outcome.mvs is not None and outcome.mvs != row.mvs
        mvs = outcome.mvs if changed else row.mvs
        version = row.mvs_version + int(changed)
        self._rows[row.id] = dataclasses.replace(
            row, mvs=mvs, mvs_version=version, updated_at=now(), **outcome.settings
        )
        return row.mvs if changed else None

    def _close(self, row, **values):
        self._rows[row.id] = dataclasses.replace(row, ended_at=now(), **values)
        return self._rows[row.id]
