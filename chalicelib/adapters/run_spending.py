"""What a run spends on models, in the run table: exact, however many of its Lambdas spend at once.

In: a run's id, sums in micro-dollars, calls. Out: what is committed, spent, still open, and every call. Callers:
`purse.py` in the agents' Lambdas; doors, by way of `wiring.py`. Implements `agents.booking.Spending`.

    spending            committed, spent, closed, and one number `open#<purpose>` for each call that is under way
    call#<purpose>      a call as it was booked, written once

The surprise: a reservation is one conditional write, so it either fits the budget or does not happen; and once the books
are closed none happens any more, so what is open then is all that can still come.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from chalicelib.adapters.dynamodb_call import ConditionFailed, DynamoDbCall
from chalicelib.agents.booking import Spent
from chalicelib.agents.ports import Call, Usage
from chalicelib.agents.purses import budget_reached, reserved_as
from chalicelib.errors import Cancelled, CloudBusy
from chalicelib.settings import Settings

ANSWER_WITHIN_S: Final = 5.0
TRIES: Final = 6
PAUSE_S: Final = 0.05
OPEN: Final = "open#"

RESERVE: Final = {
    "UpdateExpression": (
        "SET #committed = if_not_exists(#committed, :none) + :worst, #open = if_not_exists(#open, :none) + :worst, "
        "expires_at = if_not_exists(expires_at, :until)"
    ),
    "ConditionExpression": (
        "attribute_not_exists(#closed) AND (attribute_not_exists(#committed) OR #committed <= :most)"
    ),
}
SETTLE: Final = {
    "UpdateExpression": (
        "SET #committed = #committed + :change, #spent = if_not_exists(#spent, :none) + :cost, "
        "#open = #open - :reserved"
    ),
    "ConditionExpression": "#open >= :reserved",
}
CLOSE: Final = {
    "UpdateExpression": "SET #closed = :yes, expires_at = if_not_exists(expires_at, :until)",
    "ExpressionAttributeNames": {"#closed": "closed"},
}


class RunSpending:
    def __init__(self, settings: Settings) -> None:
        self._table = settings.run_table
        self._keep_s = int(timedelta(days=settings.run_record_days).total_seconds())
        self._call = DynamoDbCall(settings, answer_within_s=ANSWER_WITHIN_S)

    def reserve(self, generation_id: str, budget: int, purpose: str, worst: int) -> None:
        if self._read(generation_id, "cancelled"):
            raise Cancelled("The generation was cancelled.")
        if worst > budget:
            raise budget_reached(budget, self.spent(generation_id).committed_microdollars)
        values = {":none": 0, ":worst": worst, ":most": budget - worst, ":until": self._until()}
        names = {"#committed": "committed", "#open": OPEN + purpose, "#closed": "closed"}
        try:
            self._insist(
                "UpdateItem",
                TableName=self._table,
                Key=_key(generation_id, "spending"),
                **RESERVE,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=_numbers(values),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailed as error:
            standing = error.item or {}
            if "closed" in standing:
                raise Cancelled("The generation is closed.") from error
            raise budget_reached(budget, _number(standing, "committed")) from error

    def settle(self, generation_id: str, call: Call, reserved: int) -> None:
        """Books the call and gives back what it did not need, both or neither, once. Nothing was reserved for a call
        that was paid for elsewhere: then nothing is booked."""
        item = _key(generation_id, f"call#{call.purpose}") | {
            "body": {"S": json.dumps(asdict(call), ensure_ascii=False)},
            **_numbers({"expires_at": self._until()}),
        }
        book = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(sk)",
        }
        give_back = {
            "TableName": self._table,
            "Key": _key(generation_id, "spending"),
            **SETTLE,
            "ExpressionAttributeNames": {
                "#committed": "committed",
                "#spent": "spent",
                "#open": OPEN + reserved_as(call.purpose),
            },
            "ExpressionAttributeValues": _numbers(
                {
                    ":reserved": reserved,
                    ":cost": call.cost_microdollars,
                    ":change": call.cost_microdollars - reserved,
                    ":none": 0,
                }
            ),
        }
        try:
            self._insist("TransactWriteItems", TransactItems=[{"Put": book}, {"Update": give_back}])
        except ConditionFailed:
            return

    def close(self, generation_id: str) -> Spent:
        """Nothing is reserved any more; returns how it stands."""
        told = self._insist(
            "UpdateItem",
            TableName=self._table,
            Key=_key(generation_id, "spending"),
            **CLOSE,
            ExpressionAttributeValues={
                ":yes": {"BOOL": True},
                **_numbers({":until": self._until()}),
            },
            ReturnValues="ALL_NEW",
        )
        return self._spent(generation_id, told["Attributes"])

    def spent(self, generation_id: str) -> Spent:
        return self._spent(generation_id, self._read(generation_id, "spending"))

    def _spent(self, generation_id: str, item: Mapping[str, Any]) -> Spent:
        still_open = {
            name.removeprefix(OPEN): _number(item, name)
            for name in item
            if name.startswith(OPEN) and _number(item, name)
        }
        calls = sorted(self._calls(generation_id), key=lambda call: call.called_at)
        return Spent(_number(item, "committed"), still_open, tuple(calls))

    def _calls(self, generation_id: str) -> Iterator[Call]:
        asked: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "generation_id = :id AND begins_with(sk, :call)",
            "ExpressionAttributeValues": {":id": {"S": generation_id}, ":call": {"S": "call#"}},
        }
        while True:
            told = self._insist("Query", **asked)
            yield from (_booked(item["body"]["S"]) for item in told["Items"])
            if "LastEvaluatedKey" not in told:
                return
            asked["ExclusiveStartKey"] = told["LastEvaluatedKey"]

    def _read(self, generation_id: str, sk: str) -> dict[str, Any]:
        key = _key(generation_id, sk)
        told = self._insist("GetItem", TableName=self._table, Key=key, ConsistentRead=True)
        return dict(told.get("Item") or {})

    def _insist(self, operation: str, **members: Any) -> dict[str, Any]:
        """Those who spend at once may get into each other's way for a moment."""
        for attempt in range(1, TRIES):
            try:
                return self._call(operation, **members)
            except CloudBusy:
                time.sleep(PAUSE_S * 2**attempt)
        return self._call(operation, **members)

    def _until(self) -> int:
        return int(time.time()) + self._keep_s


def _key(generation_id: str, sk: str) -> dict[str, Any]:
    return {"generation_id": {"S": generation_id}, "sk": {"S": sk}}


def _numbers(values: Mapping[str, int]) -> dict[str, Any]:
    return {name: {"N": str(number)} for name, number in values.items()}


def _number(item: Mapping[str, Any], name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _booked(body: str) -> Call:
    told = json.loads(body)
    return Call(**{**told, "usage": Usage(**told["usage"])})
