"""The catalogue, in PostgreSQL: an organization's own entries and the shared ones.

In: a `Database`. Out: `Blueprint`, `Overlay`. Callers: discovery and doors, by way of `wiring.py`. Implements
`catalog.records.Catalogue`. The surprise: shared entries are another organization's rows, and come by a function that
acts for it; an organization's own entry hides the shared one of its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database
from chalicelib.catalog.records import Blueprint, Overlay
from chalicelib.errors import NotFound

BLUEPRINTS: Final = """
select distinct on (key) key, locale, body, is_shared
from (
    select key, locale, body, false as is_shared from platform.blueprints where tenant_id = %(tenant_id)s
    union all
    select key, locale, body, true from platform.shared_blueprints()
) as entry
where %(key)s::text is null or key = %(key)s
order by key, is_shared
"""
OVERLAYS: Final = """
select distinct on (key) key, locale, body, blueprint, is_shared
from (
    select overlay.industry as key, overlay.locale, overlay.body, blueprint.key as blueprint, false as is_shared
    from platform.industry_overlays as overlay
    left join platform.blueprints as blueprint
        on blueprint.tenant_id = overlay.tenant_id and blueprint.id = overlay.blueprint_id
    where overlay.tenant_id = %(tenant_id)s
    union all
    select industry, locale, body, blueprint, true from platform.shared_overlays()
) as entry
where %(key)s::text is null or key = %(key)s
order by key, is_shared, blueprint nulls first
"""


class PostgresCatalogue:
    def __init__(self, database: Database) -> None:
        self._database = database

    def blueprints(self, tenant_id: UUID) -> Sequence[Blueprint]:
        with self._database.tenant_session(tenant_id) as session:
            return session.all(Blueprint, BLUEPRINTS, key=None)

    def blueprint(self, tenant_id: UUID, key: str) -> Blueprint:
        with self._database.tenant_session(tenant_id) as session:
            found = session.one(Blueprint, BLUEPRINTS, key=key)
        if found is None:
            raise NotFound(f"There is no blueprint {key[:60]!r}.")
        return found

    def overlays(self, tenant_id: UUID) -> Sequence[Overlay]:
        with self._database.tenant_session(tenant_id) as session:
            return session.all(Overlay, OVERLAYS, key=None)

    def overlay(self, tenant_id: UUID, key: str) -> Overlay:
        with self._database.tenant_session(tenant_id) as session:
            found = session.one(Overlay, OVERLAYS, key=key)
        if found is None:
            raise NotFound(f"There is no industry overlay {key[:60]!r}.")
        return found
