"""The platform's own catalogue: `scaffolds/blueprints/*.yaml` and `scaffolds/overlays/*.yaml`, as entries and as rows.

In: those files, a connection that acts as `fragua_owner`. Out: `Blueprint`s and `Overlay`s; the rows of the catalogue
organization. Callers: `infra/seed.py`, tests. The surprise: Lambdas never read these files; they ask the database, so that
shared entries and an organization's own come from one place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import psycopg
import yaml
from psycopg.types.json import Jsonb

from chalicelib.catalog.records import Blueprint, Overlay

SCAFFOLDS: Final = Path(__file__).parent.parent / "scaffolds"
FIRST_LANGUAGE: Final = "es"
CATALOGUE_ID: Final = uuid5(NAMESPACE_URL, "fragua:catalogue")
"""The organization that nobody belongs to; migration 0014 names it, too."""

ACT_FOR: Final = "select set_config('app.current_tenant_id', %(tenant_id)s, true)"
ORGANIZATION: Final = """
insert into platform.organizations (id, name) values (%(tenant_id)s, 'Catalogue') on conflict do nothing
"""
BLUEPRINT: Final = """
insert into platform.blueprints (tenant_id, key, name, locale, body)
values (%(tenant_id)s, %(key)s, %(name)s, %(locale)s, %(body)s)
on conflict (tenant_id, key) do update
set name = excluded.name, locale = excluded.locale, body = excluded.body, updated_at = now()
where (blueprints.name, blueprints.locale, blueprints.body) is distinct from
    (excluded.name, excluded.locale, excluded.body)
"""
OVERLAY: Final = """
insert into platform.industry_overlays (tenant_id, blueprint_id, industry, locale, body)
select %(tenant_id)s, (
    select id from platform.blueprints where tenant_id = %(tenant_id)s and key = %(blueprint)s
), %(key)s, %(locale)s, %(body)s
on conflict (tenant_id, blueprint_id, industry) do update
set locale = excluded.locale, body = excluded.body, updated_at = now()
where (industry_overlays.locale, industry_overlays.body) is distinct from (excluded.locale, excluded.body)
"""
OTHER_OVERLAYS: Final = """
delete from platform.industry_overlays where tenant_id = %(tenant_id)s and industry <> all (%(kept)s)
"""
OTHER_BLUEPRINTS: Final = """
delete from platform.blueprints where tenant_id = %(tenant_id)s and key <> all (%(kept)s)
"""


def seed_catalogue(connection: psycopg.Connection[Any]) -> None:
    """Makes the rows what the files are; safe to repeat, touches only what changed. Ends acting for the catalogue."""
    tenant = {"tenant_id": str(CATALOGUE_ID)}
    blueprints, overlays = shared_blueprints(), shared_overlays()
    for statement in (ACT_FOR, ORGANIZATION):
        connection.execute(statement, tenant)
    for one in blueprints:
        row = {"key": one.key, "name": one.name(one.locale), "locale": one.locale}
        connection.execute(BLUEPRINT, tenant | row | {"body": Jsonb(dict(one.body))})
    for entry in overlays:
        row = {"key": entry.key, "locale": entry.locale}
        body = {"body": Jsonb(dict(entry.body)), "blueprint": entry.blueprint}
        connection.execute(OVERLAY, tenant | row | body)
    connection.execute(OTHER_OVERLAYS, tenant | {"kept": [entry.key for entry in overlays]})
    connection.execute(OTHER_BLUEPRINTS, tenant | {"kept": [one.key for one in blueprints]})


def shared_blueprints() -> tuple[Blueprint, ...]:
    return tuple(
        Blueprint(key=body.pop("key"), locale=FIRST_LANGUAGE, body=body, is_shared=True)
        for body in documents("blueprints")
    )


def shared_overlays() -> tuple[Overlay, ...]:
    return tuple(
        Overlay(
            key=body.pop("industry"),
            locale=FIRST_LANGUAGE,
            body=body,
            is_shared=True,
            blueprint=body.pop("blueprint", None),
        )
        for body in documents("overlays")
    )


def documents(folder: str) -> list[dict[str, Any]]:
    paths = sorted((SCAFFOLDS / folder).glob("*.yaml"))
    return [yaml.safe_load(path.read_text("utf-8")) for path in paths]
