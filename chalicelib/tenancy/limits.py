"""How often somebody may ask: token buckets in virtual time, integers only, and the table of all buckets.

In: the virtual times a subject's buckets stand at, the moment. Out: the virtual times after one more request, or
`LimitReached`. Callers: `http/admission.py`, sign-in, sign-up, invitations; kept by `adapters/limit_table.py`.

A bucket is one number: a clock of its own, in microseconds. A request turns it on by `cost_us`. It may not pass the
true clock (then the bucket is empty) and never lags behind it by more than `burst_us` (then the bucket is full).
The surprise: a bucket's number never goes down, so whoever was refused once knows until when it is, without asking.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from chalicelib.errors import LimitReached

MICRO: Final = 1_000_000
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400


@dataclass(frozen=True)
class Bucket:
    """`limit` requests at once, filled again evenly over `per_s` seconds."""

    name: str
    limit: int
    per_s: int
    of: str = ""
    """Whose, where a subject has several of a name: the id of an API key."""

    @cached_property
    def cost_us(self) -> int:
        """Rounded up: never more than `limit` in `per_s`."""
        return -(-self.per_s * MICRO // self.limit)

    @cached_property
    def burst_us(self) -> int:
        return self.cost_us * self.limit

    @cached_property
    def policy(self) -> str:
        return f"{self.limit};w={self.per_s}"

    @cached_property
    def key(self) -> str:
        """Under which its number is kept."""
        return f"{self.name}#{self.of}" if self.of else self.name


class Level(NamedTuple):
    """How a bucket stands after a request."""

    bucket: Bucket
    number: int
    now: int

    @property
    def left(self) -> int:
        return max(0, (self.now - self.number) // self.bucket.cost_us)

    @property
    def full_in_s(self) -> int:
        return _whole_seconds(self.number - (self.now - self.bucket.burst_us))


class Taken(NamedTuple):
    """What a request took, bucket by bucket."""

    levels: tuple[Level, ...]

    @property
    def tightest(self) -> Level:
        return min(self.levels, key=lambda level: level.left)

    @property
    def policy(self) -> str:
        """`100;w=60, 1000;w=3600`."""
        return ", ".join([level.bucket.policy for level in self.levels])


@dataclass(frozen=True)
class Counted:
    """What a request is counted against."""

    subject: str
    buckets: tuple[Bucket, ...]


class Limits(Protocol):
    def admit(self, subject: str, buckets: Sequence[Bucket], now_us: int) -> Taken:
        """Takes one from every bucket, or none and raises `LimitReached(retry_after_s=…)`.

        Every attempt counts, whatever becomes of it: what is counted afterwards can be raced.
        """

    def refused(self, subject: str, buckets: Sequence[Bucket], now_us: int) -> LimitReached | None:
        """Whether `admit` would refuse, as far as is known without asking. Takes nothing."""


def now_us() -> int:
    return time.time_ns() // 1000


def take(standing: Mapping[str, int], buckets: Sequence[Bucket], now: int) -> dict[str, int]:
    """Where each bucket's number stands after this request. A bucket that is not in `standing` is full."""
    after = {
        one.key: max(standing.get(one.key, 0), now - one.burst_us) + one.cost_us for one in buckets
    }
    if max(after.values()) > now:
        raise refusal(after, buckets, now)
    return after


def taken(after: Mapping[str, int], buckets: Sequence[Bucket], now: int) -> Taken:
    return Taken(tuple([Level(one, after[one.key], now) for one in buckets]))


def refusal(after: Mapping[str, int], buckets: Sequence[Bucket], now: int) -> LimitReached:
    """Names the bucket that takes longest. `after`: where the numbers would stand if the request were let in."""
    worst = max(buckets, key=lambda one: after[one.key])
    wait_s = max(1, _whole_seconds(after[worst.key] - now))
    return LimitReached(
        f"At most {worst.limit} {worst.name} in {worst.per_s} s. Wait {wait_s} s, then send it again.",
        bucket=worst.name,
        limit=worst.limit,
        window_s=worst.per_s,
        retry_after_s=wait_s,
        full_after_s=_whole_seconds(after[worst.key] - worst.cost_us - (now - worst.burst_us)),
    )


def _whole_seconds(micros: int) -> int:
    return max(0, -(-micros // MICRO))


# ---- whose buckets ----


def tenant(tenant_id: object) -> str:
    return f"tenant#{tenant_id}"


def person(user_id: object) -> str:
    """Who is in no organization."""
    return f"user#{user_id}"


def address(ip: str | None) -> str:
    """What the gateway saw. Of IPv6 the first 64 bits: one customer has at least that many addresses."""
    if not ip or ":" not in ip:
        return f"ip#{ip or 'unknown'}"
    from ipaddress import ip_network

    return f"ip#{ip_network((ip, 64), strict=False)}"


def account(email: str, *more: str) -> str:
    """An account, known or not, by a digest: the table of limits holds no addresses."""
    return "#".join(("account", sha256(email.encode()).hexdigest()[:32], *more))


# ---- the table ----

READS: Final = Bucket("reads", 100, MINUTE)
"""Per organization, as are writes. `settings` may give other numbers for these two and for keys."""
WRITES: Final = Bucket("writes", 30, MINUTE)
KEY_REQUESTS: Final = Bucket("key-requests", 1000, HOUR)

PUBLIC_READS: Final = Bucket("public-reads", 120, MINUTE)
"""Routes for anybody, per address; offices share one."""
PUBLIC_WRITES: Final = Bucket("public-writes", 60, MINUTE)

SIGN_INS_FROM_DEVICE: Final = Bucket("sign-ins", 10, 15 * MINUTE)
"""Per account and known device: `account(email, device_id)`. A thief of passwords can't use this one up."""
SIGN_INS_FROM_ANYWHERE: Final = Bucket("sign-ins-new-device", 10, 15 * MINUTE)
"""Per account, for all unknown devices together: `account(email)`. 960 guesses a day."""
SIGN_INS_FROM_ADDRESS: Final = Bucket("sign-ins-from-address", 60, 15 * MINUTE)
SECOND_FACTORS: Final = Bucket("codes", 10, HOUR)
"""Per account: 240 of a million codes a day."""
SIGN_UPS_FROM_ADDRESS: Final = Bucket("sign-ups-from-address", 20, HOUR)
LETTERS_TO_ACCOUNT: Final = Bucket("letters-to-account", 5, HOUR)
"""Sign-up, forgotten password, invitation: whoever asks, nobody's mailbox is flooded."""
RESETS_FROM_ADDRESS: Final = Bucket("resets-from-address", 20, HOUR)
PASSWORD_CHECKS: Final = Bucket("password-checks", 10, 15 * MINUTE)
"""Per person: changing a password, or whatever else asks for it again."""
INVITATIONS: Final = Bucket("invitations", 100, DAY)
"""Per organization."""
