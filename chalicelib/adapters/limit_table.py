"""Token buckets in DynamoDB: one item per subject, one conditional write per request, however many buckets it takes from.

In: subject, buckets, the moment. Out: as `tenancy.limits.Limits` says. Callers: wiring.
A write says for each bucket either `add` (its number lies between full and empty) or `fill` (idle for so long that it is
full, or never seen). Which of the two is guessed from what this process saw last; numbers only grow, so `add` is never
wrong after it was right once. A wrong guess is told by the item itself, and the second write is not a guess.
The surprise: when the table is away, the same buckets go on in the process's memory
(docs/decisions/limits-when-dynamodb-is-away.md).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from chalicelib.adapters.dynamodb_call import ConditionFailed, DynamoDbCall
from chalicelib.errors import CloudBusy, LimitReached
from chalicelib.log import log
from chalicelib.settings import Settings
from chalicelib.tenancy.limits import DAY, MICRO, Bucket, Taken, take, taken
from chalicelib.tenancy.limits_in_process import LimitsInProcess

KEEP_S: Final = 2 * DAY
"""Longer than any bucket takes to fill: an item that expired was full."""
ANSWER_WITHIN_S: Final = 1.0
"""Connecting, and then answering: a caller waits no longer for being counted."""
AWAY_S: Final = 5.0
"""For how long nothing is asked after a failure."""
TRIES_MAX: Final = 6
KEYS_KEPT: Final = 22
"""So many buckets fit into one write unit; beyond it full ones are taken out, ten at a time."""
NOT_BUCKETS: Final = frozenset({"subject", "expires_at"})


class LimitTable:
    def __init__(
        self,
        settings: Settings,
        *,
        answer_within_s: float = ANSWER_WITHIN_S,
        away_s: float = AWAY_S,
    ) -> None:
        self._table = settings.limit_table
        self._call = DynamoDbCall(settings, answer_within_s=answer_within_s)
        self._known = LimitsInProcess()
        self._away_s, self._away_until = away_s, 0.0

    def refused(self, subject: str, buckets: Sequence[Bucket], now_us: int) -> LimitReached | None:
        return self._known.refused(subject, buckets, now_us)

    def admit(self, subject: str, buckets: Sequence[Bucket], now_us: int) -> Taken:
        if refusal := self._known.refused(subject, buckets, now_us):
            raise refusal
        if time.monotonic() < self._away_until:
            return self._known.admit(subject, buckets, now_us)
        try:
            return self._agreed(subject, buckets, now_us)
        except CloudBusy as error:
            self._away_until = time.monotonic() + self._away_s
            log.warning("limits_unavailable", reason=error.detail)
            return self._known.admit(subject, buckets, now_us)

    def _agreed(self, subject: str, buckets: Sequence[Bucket], now_us: int) -> Taken:
        standing = self._known.standing(subject)
        for _ in range(TRIES_MAX):
            take(standing, buckets, now_us)
            standing, is_written = self._written(subject, write(standing, buckets, now_us))
            self._known.learn(subject, standing)
            if is_written:
                return taken(standing, buckets, now_us)
        raise CloudBusy("The limits of one subject are asked for by too many at once.")

    def _written(self, subject: str, asked: Mapping[str, Any]) -> tuple[dict[str, int], bool]:
        """Where the numbers stand now, and whether this write is among what brought them there."""
        try:
            told = self._call(
                "UpdateItem",
                TableName=self._table,
                Key={"subject": {"S": subject}},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **asked,
            )
        except ConditionFailed as error:
            return _numbers(error.item or {}), False
        return _numbers(told["Attributes"]), True


def write(standing: Mapping[str, int], buckets: Sequence[Bucket], now_us: int) -> dict[str, Any]:
    """The expressions of one write, if `standing` is where the numbers stand."""
    sets, removes, conditions = ["#until = :until"], [], []
    names, values = {"#until": "expires_at"}, {":until": now_us // MICRO + KEEP_S}
    for n, one in enumerate(buckets):
        full = now_us - one.burst_us
        names[f"#b{n}"], values[f":full{n}"] = one.key, full
        if standing.get(one.key, 0) < full:
            sets.append(f"#b{n} = :first{n}")
            conditions.append(f"(attribute_not_exists(#b{n}) OR #b{n} < :full{n})")
            values[f":first{n}"] = full + one.cost_us
        else:
            sets.append(f"#b{n} = #b{n} + :cost{n}")
            conditions.append(f"#b{n} BETWEEN :full{n} AND :last{n}")
            values |= {f":cost{n}": one.cost_us, f":last{n}": now_us - one.cost_us}
    for n, (key, full) in enumerate(_superfluous(standing, buckets, now_us)):
        removes.append(f"#r{n}")
        conditions.append(f"#r{n} < :r{n}")
        names[f"#r{n}"], values[f":r{n}"] = key, full
    expression = "SET " + ", ".join(sets) + (" REMOVE " + ", ".join(removes) if removes else "")
    return {
        "UpdateExpression": expression,
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {name: {"N": str(n)} for name, n in values.items()},
    }


def _superfluous(
    standing: Mapping[str, int], buckets: Sequence[Bucket], now_us: int
) -> Iterator[tuple[str, int]]:
    """Full buckets of keys that ask no more: an item must not grow with every key there ever was."""
    if len(standing) <= KEYS_KEPT:
        return
    asked = {one.key for one in buckets}
    full = {one.name: now_us - one.burst_us for one in buckets if one.of}
    idle = [
        (key, full[name])
        for key, number in standing.items()
        if (name := key.partition("#")[0]) in full and key not in asked and number < full[name]
    ]
    yield from idle[:10]


def _numbers(item: Mapping[str, Any]) -> dict[str, int]:
    return {key: int(value["N"]) for key, value in item.items() if key not in NOT_BUCKETS}
