"""Answers that are repeated: what a request with an Idempotency-Key asked, and what it was told.

In: made by `http/once.py`. Out: read by `adapters/idempotency_store.py`. The surprise: a request is its method, its
address and the very bytes of its body; the same JSON written differently is another request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Asked:
    tenant_id: UUID
    actor: str
    key: str
    request_sha256: bytes

    @property
    def key_sha256(self) -> bytes:
        return sha256(self.key.encode()).digest()

    @property
    def context(self) -> str:
        """Where its answer belongs; sealed there, it opens nowhere else."""
        return f"answer:{self.tenant_id}:{self.actor}:{self.key_sha256.hex()}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str


class IdempotentAnswers(Protocol):
    def once(self, asked: Asked, make: Callable[[], Answer]) -> Answer:
        """What `make` answers, or what it answered when the same was asked before. `make` works inside the
        transaction that keeps its answer: both are kept, or nothing. Raises `Conflict` when the key came with another
        request."""


def digest(method: str, path: str, body: bytes) -> bytes:
    """No part can pass for a part of another: lengths go in as well."""
    parts = (method.encode(), path.encode(), body)
    return sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
