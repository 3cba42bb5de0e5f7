"""The platform's own catalogue, read from its files: what tests of the room, of discovery and of the doors see."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from chalicelib.catalog.records import Blueprint, Overlay
from chalicelib.errors import NotFound
from infra.catalogue import shared_blueprints, shared_overlays


@cache
def blueprints() -> tuple[Blueprint, ...]:
    return shared_blueprints()


@cache
def overlays() -> tuple[Overlay, ...]:
    return shared_overlays()


class Catalogue:
    """The port, in memory: `own` is what one organization added."""

    def __init__(self) -> None:
        self.own: dict[UUID, list[Blueprint | Overlay]] = {}

    def blueprints(self, tenant_id: UUID) -> tuple[Blueprint, ...]:
        return self._seen(tenant_id, Blueprint, blueprints())

    def blueprint(self, tenant_id: UUID, key: str) -> Blueprint:
        return self._named(key, "blueprint", self.blueprints(tenant_id))

    def overlays(self, tenant_id: UUID) -> tuple[Overlay, ...]:
        return self._seen(tenant_id, Overlay, overlays())

    def overlay(self, tenant_id: UUID, key: str) -> Overlay:
        return self._named(key, "industry overlay", self.overlays(tenant_id))

    def _seen(self, tenant_id, kind, shared):
        mine = [one for one in self.own.get(tenant_id, []) if isinstance(one, kind)]
        found = {one.key: one for one in (*shared, *mine)}
        return tuple(found[key] for key in sorted(found))

    def _named(self, key, what, entries):
        for one in entries:
            if one.key == key:
                return one
        raise NotFound(f"There is no {what} {key[:60]!r}.")
