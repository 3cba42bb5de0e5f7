"""Stores in memory, as real code: what a door or a use case sees when nothing outside is there."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from datetime import UTC, datetime

from chalicelib.errors import Conflict, NotFound, QuotaReached
from chalicelib.generation.budget import granted
from chalicelib.generation.records import App, Generation, Started
from chalicelib.tenancy.pages import Page


def now():
    return datetime.now(UTC)


class Apps:
    def __init__(self):
        self._rows, self._mvs = {}, {}

    def create(self, tenant_id, *, name, locale, mvs, by):
        app = App(
            id=uuid.uuid4(),
            tenant_id=tenant_id,
            name=name,
            slug=f"app-{len(self._rows) + 1}",
            number=len(self._rows) + 1,
            locale=locale,
            mvs_sha256=_digest(mvs),
            live_generation_id=None,
            url=None,
            created_at=now(),
            updated_at=now(),
        )
        self._rows[app.id], self._mvs[app.id] = app, mvs
        return app

    def read(self, tenant_id, app_id):
        app = self._rows.get(app_id)
        if app is None or app.tenant_id != tenant_id:
            raise NotFound(f"There is no app {str(app_id)!r}.")
        return app

    def page(self, tenant_id, *, cursor=None, limit=50):
        mine = [app for app in self._rows.values() if app.tenant_id == tenant_id]
        first = int(cursor or 0)
        following = str(first + limit) if first + limit < len(mine) else None
        return Page(tuple(reversed(mine))[first : first + limit], following)

    def mvs(self, tenant_id, app_id):
        return self._mvs[self.read(tenant_id, app_id).id]

    def goes_live(self, generation, url):
        app = self.read(generation.tenant_id, generation.app_id)
        self._rows[app.id] = dataclasses.replace(app, live_generation_id=generation.id, url=url)

    def update_mvs(self, tenant_id, app_id, *, mvs, by):
        self._mvs[app_id] = mvs
        app = dataclasses.replace(self.read(tenant_id, app_id), mvs_sha256=_digest(mvs))
        self._rows[app_id] = app
        return app


class Generations:
    def __init__(self, apps, *, quota=100):
        self._apps, self._quota, self._rows, self._hashes = apps, quota, {}, {}
        self._took_over = set()
        self.month_committed = 0

    def start(
        self,
        tenant_id,
        app_id,
        *,
        engine,
        idempotency_key,
        request_sha256,
        by,
        budget=None,
        resumes=None,
    ):
        app = self._apps.read(tenant_id, app_id)
        known = self._hashes.get((tenant_id, idempotency_key))
        if known:
            if known[0] != request_sha256:
                raise Conflict("The Idempotency-Key was used with another body.")
            return Started(self._rows[known[1]], is_new=False)
        mine = [row for row in self._rows.values() if row.tenant_id == tenant_id]
        if any(row.is_open and row.app_id == app_id for row in mine):
            raise Conflict("A generation of this app is open.")
        has_spent = self._takes_over(resumes)
        if not has_spent:
            self._refuse_one_more(sum(row.is_charged for row in mine))
        row = Generation(
            id=uuid.uuid4(),
            tenant_id=tenant_id,
            app_id=app_id,
            version=1 + sum(one.app_id == app_id for one in mine),
            status="queued",
            engine=engine,
            budget_microdollars=granted(budget, self.month_committed),
            resumes_generation_id=resumes,
            mvs_sha256=app.mvs_sha256,
            idempotency_key=idempotency_key,
            failure_stage=None,
            failure_error=None,
            failure_reason=None,
            url=None,
            is_charged=True,
            is_overage=False,
            created_by=by,
            created_at=now(),
            started_at=None,
            ended_at=None,
        )
        self._rows[row.id] = row
        self._hashes[tenant_id, idempotency_key] = (request_sha256, row.id)
        if has_spent:
            self._took_over.add(row.id)
        return Started(row, is_new=True)

    def read(self, tenant_id, generation_id):
        row = self._rows.get(generation_id)
        if row is None or row.tenant_id != tenant_id:
            raise NotFound(f"There is no generation {str(generation_id)!r}.")
        return row

    def page(self, tenant_id, app_id, *, cursor=None, limit=50):
        self._apps.read(tenant_id, app_id)
        mine = [row for row in self._rows.values() if row.app_id == app_id]
        return Page(tuple(reversed(mine))[:limit])

    def mark_running(self, tenant_id, generation_id):
        return self._change(tenant_id, generation_id, status="running", started_at=now())

    def succeed(self, tenant_id, generation_id, *, url):
        row = self.read(tenant_id, generation_id)
        if row.is_open:
            self._apps.goes_live(row, url)
        return self._change(tenant_id, generation_id, status="succeeded", url=url, ended_at=now())

    def fail(self, tenant_id, generation_id, *, stage, error, reason):
        return self._change(
            tenant_id,
            generation_id,
            status="failed",
            failure_stage=stage,
            failure_error=error,
            failure_reason=reason,
            is_charged=False,
            ended_at=now(),
        )

    def cancel(self, tenant_id, generation_id, *, by, has_spent=False):
        row = self.read(tenant_id, generation_id)
        if row.status in ("succeeded", "failed"):
            raise Conflict("It is closed already.")
        stays = has_spent or generation_id in self._took_over
        return self._change(
            tenant_id, generation_id, status="cancelled", is_charged=stays, ended_at=now()
        )

    def _takes_over(self, resumes):
        """The charge of a run that was stopped after it spent: the one that goes on from it has it."""
        before = self._rows.get(resumes)
        if before is None or before.is_open or not before.is_charged:
            return False
        self._rows[resumes] = dataclasses.replace(before, is_charged=False)
        return True

    def _refuse_one_more(self, used):
        if used >= self._quota:
            raise QuotaReached("The quota is used.", limit=self._quota, used=used)

    def _change(self, tenant_id, generation_id, **values):
        row = self.read(tenant_id, generation_id)
        if not row.is_open:
            return row
        self._rows[generation_id] = dataclasses.replace(row, **values)
        return self._rows[generation_id]


def _digest(mvs):
    return hashlib.sha256(json.dumps(mvs, sort_keys=True, default=str).encode()).hexdigest()
