"""How often a caller may ask: the one place where a request is counted.

In: the method, the caller, the credentials as they were sent. Out: `RateLimit-*` headers, or `LimitReached`.
Callers: `endpoint.py`. A GET is a read, everything else a write; an organization has buckets for both, an API key one
more for all it does, an address one for what anybody may ask.
The surprise: who was refused is known here by a digest of the credentials, and is told so again before anybody looks
who it is: no database, no table, for as long as it lasts.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from chalicelib.errors import LimitReached
from chalicelib.identity.principal import Principal
from chalicelib.settings import Settings
from chalicelib.tenancy import limits
from chalicelib.tenancy.limits import HOUR, MINUTE, Bucket, Counted, Taken, now_us
from chalicelib.tenancy.origin import current_origin
from chalicelib.wiring import Wires

KEYS_REMEMBERED = 10_000


def turn_away(method: str, credentials: str, *, wires: Wires) -> None:
    """Raises `LimitReached` when this caller was refused and it still lasts. Asks nobody."""
    if not wires.refused_callers:
        return
    mark = mark_of(method, credentials)
    known = wires.refused_callers.get(mark)
    if known is None:
        return
    if error := wires.limits.refused(known.subject, known.buckets, now_us()):
        raise error
    wires.refused_callers.forget(mark)


def admit(
    method: str, caller: Principal | None, credentials: str, *, wires: Wires
) -> dict[str, str]:
    """Counts the request. What becomes of it does not matter: a refused permission counts too."""
    counted = counted_for(method, caller, wires.settings)
    try:
        return told(wires.limits.admit(counted.subject, counted.buckets, now_us()))
    except LimitReached:
        wires.refused_callers.put(mark_of(method, credentials), counted)
        raise


def counted_for(method: str, caller: Principal | None, settings: Settings) -> Counted:
    is_read = method == "GET"
    if caller is None:
        reading = limits.PUBLIC_READS.name, settings.public_reads_per_minute
        writing = limits.PUBLIC_WRITES.name, settings.public_writes_per_minute
        public = from_address(*(reading if is_read else writing))
        return Counted(limits.address(current_origin.get().ip), (public,))
    own = reads(settings.reads_per_minute) if is_read else writes(settings.writes_per_minute)
    if caller.organization_id is None:
        return Counted(limits.person(caller.user_id), (own,))
    subject = limits.tenant(caller.organization_id)
    if caller.key_id is None:
        return Counted(subject, (own,))
    return Counted(subject, (own, key_requests(settings.key_requests_per_hour, caller.key_id)))


@lru_cache(maxsize=4)
def reads(per_minute: int) -> Bucket:
    return Bucket(limits.READS.name, per_minute, MINUTE)


@lru_cache(maxsize=4)
def writes(per_minute: int) -> Bucket:
    return Bucket(limits.WRITES.name, per_minute, MINUTE)


@lru_cache(maxsize=4)
def from_address(name: str, per_minute: int) -> Bucket:
    return Bucket(name, per_minute, MINUTE)


@lru_cache(maxsize=KEYS_REMEMBERED)
def key_requests(per_hour: int, key_id: UUID) -> Bucket:
    return Bucket(limits.KEY_REQUESTS.name, per_hour, HOUR, of=key_id.hex[:12])


def mark_of(method: str, credentials: str) -> bytes:
    """Callers nobody knows are told apart by where they are."""
    sent = credentials or f"ip {current_origin.get().ip}"
    return sha256(f"{method == 'GET'} {sent}".encode()).digest()


def told(took: Taken) -> dict[str, str]:
    """Of several buckets, the one with the least left."""
    level = took.tightest
    return {
        "RateLimit-Limit": str(level.bucket.limit),
        "RateLimit-Remaining": str(level.left),
        "RateLimit-Reset": str(level.full_in_s),
        "RateLimit-Policy": took.policy,
    }
