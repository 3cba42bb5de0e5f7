"""Limits kept in a process's own memory: what `limit_table` knows already, and what is left when its table is away.

In: subjects and their buckets. Out: as `Limits` says. Callers: `adapters/limit_table.py`; tests, as the fake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Final

from chalicelib.errors import LimitReached
from chalicelib.tenancy.limits import Bucket, Taken, take, taken
from chalicelib.tenancy.remembered import Remembered

SUBJECTS_MAX: Final = 10_000
NOTHING: Final[Mapping[str, int]] = {}


class LimitsInProcess:
    def __init__(self, subjects_max: int = SUBJECTS_MAX) -> None:
        self._numbers: Remembered[str, Mapping[str, int]] = Remembered(subjects_max)
        self._lock = Lock()

    def admit(self, subject: str, buckets: Sequence[Bucket], now_us: int) -> Taken:
        with self._lock:
            standing = self.standing(subject)
            after = take(standing, buckets, now_us)
            self._numbers.put(subject, {**standing, **after})
        return taken(after, buckets, now_us)

    def refused(self, subject: str, buckets: Sequence[Bucket], now_us: int) -> LimitReached | None:
        try:
            take(self.standing(subject), buckets, now_us)
        except LimitReached as error:
            return error
        return None

    def standing(self, subject: str) -> Mapping[str, int]:
        return self._numbers.get(subject) or NOTHING

    def learn(self, subject: str, numbers: Mapping[str, int]) -> None:
        """What stands elsewhere. Answers may arrive in any order, numbers only ever grow: the larger is the later."""
        with self._lock:
            standing = self.standing(subject)
            newer = {key: max(number, standing.get(key, 0)) for key, number in numbers.items()}
            self._numbers.put(subject, newer)
