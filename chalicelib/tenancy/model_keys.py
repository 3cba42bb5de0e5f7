"""An organization's own key for the model provider: brought, shown by its end, taken back.

In: a key as its owner typed it. Out: `ModelKey`, which never has the key. Callers: the HTTP door; deletion. Implemented by
`adapters/model_keys.py`. The surprise: nobody here can read a key again; only the Lambdas that ask models may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chalicelib.errors import NotFound
from chalicelib.tenancy.audit import Trail


@dataclass(frozen=True)
class ModelKey:
    last_four: str
    since: datetime


class ModelKeys(Protocol):
    def put(self, tenant_id: UUID, key: str) -> ModelKey:
        """Replaces the one there was. Raises `Conflict` where the platform takes none."""

    def about(self, tenant_id: UUID) -> ModelKey | None: ...

    def remove(self, tenant_id: UUID) -> None:
        """Nothing happens when there is none."""


def bring(tenant_id: UUID, key: str, *, by: str, keys: ModelKeys, trail: Trail) -> ModelKey:
    """From the next call on, models are asked with it and its account pays."""
    brought = keys.put(tenant_id, key)
    trail.add(tenant_id, by, "organization.model_key_brought", tenant_id)
    return brought


def take_back(tenant_id: UUID, *, by: str, keys: ModelKeys, trail: Trail) -> None:
    """From the next call on, models are asked with the platform's. Again and again if need be."""
    if keys.about(tenant_id):
        keys.remove(tenant_id)
        trail.add(tenant_id, by, "organization.model_key_taken_back", tenant_id)


def shown(tenant_id: UUID, *, keys: ModelKeys) -> ModelKey:
    """Raises `NotFound` when there is none."""
    found = keys.about(tenant_id)
    if found is None:
        raise NotFound(
            "This organization has brought no key: models are asked with the platform's."
        )
    return found
