"""Spreadsheets given to conversations, in memory: real code that keeps the promises of the port."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime, timedelta

from chalicelib.discovery.import_records import IMPORTS_MAX, Import
from chalicelib.errors import Conflict, NotFound


class Imports:
    def __init__(self, discoveries):
        self._discoveries, self._rows = discoveries, {}

    def create(self, tenant_id, discovery_id, *, filename, by):
        discovery = self._discoveries.read(tenant_id, discovery_id)
        if not discovery.is_open:
            raise Conflict(f"This discovery was {discovery.status}.")
        if len(self.all(tenant_id, discovery_id)) >= IMPORTS_MAX:
            raise Conflict("Too many files.", limit=IMPORTS_MAX)
        return self._put(
            Import(
                id=uuid.uuid4(),
                tenant_id=tenant_id,
                discovery_id=discovery_id,
                filename=filename,
                status="waiting",
                report=None,
                created_by=by,
                created_at=datetime.now(UTC),
                ended_at=None,
            )
        )

    def read(self, tenant_id, discovery_id, import_id):
        found = self._rows.get(import_id)
        if found is None or (found.tenant_id, found.discovery_id) != (tenant_id, discovery_id):
            raise NotFound(f"There is no import {import_id} here.")
        return found

    def all(self, tenant_id, discovery_id):
        self._discoveries.read(tenant_id, discovery_id)
        return tuple(one for one in self._rows.values() if one.discovery_id == discovery_id)

    def merge(self, known, report, step, *, version):
        if self._rows[known.id].status == "waiting":
            self._discoveries.add(known.tenant_id, known.discovery_id, step, version=version)
        return self._close(known, "merged", report)

    def refuse(self, known, report):
        return self._close(known, "refused", report)

    def late(self, known):
        """As if it had been announced long ago."""
        before = known.created_at - timedelta(hours=1)
        return self._put(dataclasses.replace(known, created_at=before))

    def _close(self, known, status, report):
        standing = self._rows[known.id]
        if standing.status != "waiting":
            return standing
        ended = {"status": status, "report": dict(report), "ended_at": datetime.now(UTC)}
        return self._put(dataclasses.replace(standing, **ended))

    def _put(self, row):
        self._rows[row.id] = row
        return row
