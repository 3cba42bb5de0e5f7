"""What models cost, in memory, as real code: a run's spending, the books, keys that organizations brought."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.agents.booking import Spent
from chalicelib.agents.purses import reserved_as
from chalicelib.agents.usage import totals
from chalicelib.errors import Cancelled
from chalicelib.tenancy.model_keys import ModelKey


class Spending:
    """Of all runs; a test reserves and settles by hand."""

    def __init__(self):
        self.open, self.calls, self.closed = {}, {}, set()

    def reserve(self, generation_id, budget, purpose, worst):
        if generation_id in self.closed:
            raise Cancelled("The generation is closed.")
        mine = self.open.setdefault(generation_id, {})
        mine[purpose] = mine.get(purpose, 0) + worst

    def settle(self, generation_id, call, reserved):
        mine, name = self.open.get(generation_id, {}), reserved_as(call.purpose)
        calls = self.calls.setdefault(generation_id, {})
        if mine.get(name, 0) >= reserved and call.purpose not in calls:
            mine[name] -= reserved
            calls[call.purpose] = call

    def close(self, generation_id):
        self.closed.add(generation_id)
        return self.spent(generation_id)

    def spent(self, generation_id):
        still_open = {k: v for k, v in self.open.get(generation_id, {}).items() if v}
        calls = tuple(self.calls.get(generation_id, {}).values())
        spent = sum(call.cost_microdollars for call in calls)
        return Spent(spent + sum(still_open.values()), still_open, calls)


class Usage:
    """The books. `reserved` is what a test says that open runs may still spend."""

    def __init__(self):
        self.rows, self.reserved = {}, 0

    def add(self, tenant_id, rows, *, generation_id=None, discovery_id=None):
        for row in rows:
            self.rows.setdefault((tenant_id, row.source), (generation_id or discovery_id, row))

    def of_generation(self, tenant_id, generation_id):
        return [
            row
            for (owner, _), (of, row) in self.rows.items()
            if (owner, of) == (tenant_id, generation_id)
        ]

    def of_month(self, tenant_id, month):
        return totals(
            row
            for (owner, _), (_, row) in self.rows.items()
            if owner == tenant_id and row.called_at.date().replace(day=1) == month
        )

    def committed(self, tenant_id):
        month = datetime.now(UTC).date().replace(day=1)
        return self.reserved + sum(one.cost_microdollars for one in self.of_month(tenant_id, month))


class ModelKeys:
    def __init__(self, keys=None):
        self.keys = keys if keys is not None else {}
        self.since = datetime(2026, 11, 22, 10, tzinfo=UTC)

    def put(self, tenant_id, key):
        self.keys[tenant_id] = key
        return ModelKey(key[-4:], self.since)

    def about(self, tenant_id):
        key = self.keys.get(tenant_id)
        return key and ModelKey(key[-4:], self.since)

    def remove(self, tenant_id):
        self.keys.pop(tenant_id, None)
