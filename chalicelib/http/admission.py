"""How often a caller may ask: the one place where a request is counted.

In: the method, the caller, the credentials as they were sent. Out: `RateLimit-*` headers, or `LimitReached`.
Callers: `endpoint.py`. A GET is a read, everything else a write; an organization has buckets for both, an API key one
more for all it does, an address one for what anybody may ask. What protects people and their organization counts by
person: whoever uses up what the organization has keeps nobody from signing out, or from removing them.
The surprise: who was refused is known here by a digest of the credentials, and is told so again before anybody looks
who it is: no database, no table, for as long as it lasts.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from chalicelib.errors import LimitReached
from chalicelib.identity.principal import Principal
from chalicelib.settings import Settings
from chalicelib.tenancy import limits
from chalicelib.tenancy.limits import HOUR, MINUTE, Bucket, Counted, Taken, now_us
from chalicelib.tenancy.origin import current_origin
from chalicelib.wiring import Wires

CALLERS_REMEMBERED = 10_000
PROTECTIVE: Final = frozenset(
    {"person", "people:read", "people:manage", "keys:manage", "organization:manage"}
)

By = Literal["address", "person", "organization"]


def by(needs: str | None) -> By:
    """By whom a route counts, from what it needs."""
    if needs is None:
        return "address"
    return "person" if needs in PROTECTIVE else "organization"


def turn_away(by: By, method: str, credentials: str, *, wires: Wires) -> None:
    """Raises `LimitReached` when this caller was refused and it still lasts. Asks nobody."""
    if not wires.refused_callers:
        return
    mark = mark_of(by, method, credentials)
    known = wires.refused_callers.get(mark)
    if known is None:
        return
    if error := wires.limits.refused(known.subject, known.buckets, now_us()):
        raise error
    wires.refused_callers.forget(mark)


def admit(
    by: By, method: str, caller: Principal | None, credentials: str, *, wires: Wires
) -> dict[str, str]:
    """Counts the request. What becomes of it does not matter: a refused permission counts too."""
    counted = counted_for(by, method, caller, wires.settings)
    try:
        return told(wires.limits.admit(counted.subject, counted.buckets, now_us()))
    except LimitReached:
        wires.refused_callers.put(mark_of(by, method, credentials), counted)
        raise


def counted_for(by: By, method: str, caller: Principal | None, settings: Settings) -> Counted:
    is_read = method == "GET"
    if caller is None:
        public = per_minute(
            limits.PUBLIC_READS.name if is_read else limits.PUBLIC_WRITES.name,
            settings.public_reads_per_minute if is_read else settings.public_writes_per_minute,
        )
        return Counted(limits.address(current_origin.get().ip), (public,))
    own = per_minute(
        limits.READS.name if is_read else limits.WRITES.name,
        settings.reads_per_minute if is_read else settings.writes_per_minute,
    )
    if caller.organization_id is None or (by == "person" and caller.user_id):
        return Counted(limits.person(caller.user_id), (own,))
    return of_tenant(caller.organization_id, caller.key_id, own, settings.key_requests_per_hour)


@lru_cache(maxsize=CALLERS_REMEMBERED)
def of_tenant(tenant_id: UUID, key_id: UUID | None, own: Bucket, per_hour: int) -> Counted:
    subject = limits.tenant(tenant_id)
    if key_id is None:
        return Counted(subject, (own,))
    of_key = Bucket(limits.KEY_REQUESTS.name, per_hour, HOUR, of=key_id.hex[:12])
    return Counted(subject, (own, of_key))


@lru_cache(maxsize=16)
def per_minute(name: str, limit: int) -> Bucket:
    return Bucket(name, limit, MINUTE)


def mark_of(by: By, method: str, credentials: str) -> bytes:
    """However the credentials are written; on a route for anybody, callers are told apart by where they are alone."""
    sent = current_origin.get().ip if by == "address" else credentials.partition(" ")[2].strip()
    return sha256(f"{by} {method == 'GET'} {sent}".encode()).digest()


def told(took: Taken) -> dict[str, str]:
    """Of several buckets, the one with the least left."""
    level = took.tightest
    return {
        "RateLimit-Limit": str(level.bucket.limit),
        "RateLimit-Remaining": str(level.left),
        "RateLimit-Reset": str(level.full_in_s),
        "RateLimit-Policy": took.policy,
    }
