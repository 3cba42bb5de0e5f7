"""What a token bucket is, said another way: by the list of all that was ever let in, and no arithmetic shared with ours.

A bucket of `limit`, one more every `every_us`. A request at `now` is let in if, for every request let in before, those
since then and this one are no more than `limit` and what was refilled since.
"""

from __future__ import annotations

from chalicelib.tenancy.limits import Bucket


class Reference:
    def __init__(self) -> None:
        self._let_in: dict[str, list[int]] = {}

    def admits(self, buckets: tuple[Bucket, ...], now: int) -> bool:
        """One from each or from none."""
        if not all(self._fits(bucket, now) for bucket in buckets):
            return False
        for bucket in buckets:
            self._let_in.setdefault(bucket.key, []).append(now)
        return True

    def _fits(self, bucket: Bucket, now: int) -> bool:
        every_us = -(-bucket.per_s * 1_000_000 // bucket.limit)
        before = self._let_in.get(bucket.key, [])
        return all(
            (len(before) - n + 1) * every_us <= bucket.limit * every_us + now - then
            for n, then in enumerate(before)
        )
