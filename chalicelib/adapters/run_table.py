"""The run log in DynamoDB: one item per fact.

In: facts of a run. Out: the facts as they stand. Implements `generation.ports.RunLog`. Callers: wiring.
The surprise: what is decided here is decided by single conditional writes, so that of any number of Lambdas doing the
same thing at the same time exactly one counts.

    stage#{stage}#{round}[#{module}]    a stage's result, written once
    event#{time in ns}#{random}         progress, for people
    wait#{kind}#{round}                 newest task token, nonce, and the first outcome
    cancelled                           somebody stopped the run
    spending, call#{purpose}            what models cost it: `run_spending.py`
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError, PynamoDBException, UpdateError
from pynamodb.models import Model

from chalicelib.errors import CloudBusy, NotFound
from chalicelib.generation.ports import Stage, Status, Wait
from chalicelib.generation.run import Run
from chalicelib.settings import Settings

CONDITION_FAILED = "ConditionalCheckFailedException"
MESSAGE_LENGTH_MAX = 500


class RunItem(Model):
    generation_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    """JSON: a stage's result, an event, the run that waits."""
    token = UnicodeAttribute(null=True)
    nonce = UnicodeAttribute(null=True)
    opened_ms = NumberAttribute(null=True)
    outcome = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)


def bound_to(settings: Settings) -> type[RunItem]:
    """`RunItem` on this stage's table."""
    meta = {
        "table_name": settings.run_table,
        "region": settings.aws_region,
        "host": settings.aws_endpoint_url or None,
        "read_timeout_seconds": 5,
        "connect_timeout_seconds": 2,
        "max_retry_attempts": 3,
    }
    return type("BoundRunItem", (RunItem,), {"Meta": type("Meta", (), meta)})


class RunTable:
    def __init__(self, settings: Settings) -> None:
        self.item = bound_to(settings)
        self.keep = timedelta(days=settings.run_record_days)

    # stages

    def recorded(self, generation_id: str, stage: Stage) -> dict[str, Any] | None:
        item = self._read(generation_id, _stage_key(stage))
        return None if item is None else _object(item.body)

    def recorded_modules(
        self, generation_id: str, name: str
    ) -> dict[tuple[int, str], dict[str, Any]]:
        found = {}
        for item in self._query(generation_id, self.item.sk.startswith(f"stage#{name}#")):
            round_, module = item.sk.split("#")[2:4]
            found[(int(round_), module)] = _object(item.body)
        return found

    def record(self, generation_id: str, stage: Stage, result: Mapping[str, Any]) -> dict[str, Any]:
        key = _stage_key(stage)
        if self._put_new(generation_id, key, body=_text(result)):
            return dict(result)
        standing = self.recorded(generation_id, stage)
        return dict(result) if standing is None else standing

    # progress

    def tell(
        self,
        generation_id: str,
        stage: Stage,
        status: Status,
        message: str = "",
        ms: int | None = None,
        *,
        cost_microdollars: int | None = None,
        attempt: int | None = None,
    ) -> None:
        key = f"event#{time.time_ns():020d}#{secrets.token_hex(4)}"
        event = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "stage": stage.name,
            "module": stage.module,
            "round": stage.round,
            "status": status,
            "message": message[:MESSAGE_LENGTH_MAX],
            "ms": ms,
            "cost_microdollars": cost_microdollars,
            "attempt": attempt,
        }
        self._put_new(generation_id, key, body=_text(event))

    def events(self, generation_id: str, after: str = "", limit: int = 500) -> list[dict[str, Any]]:
        first = f"event#{after}~" if after else "event#"
        found = self._query(generation_id, self.item.sk.between(first, "event#~"), limit)
        return [{"id": item.sk.removeprefix("event#"), **_object(item.body)} for item in found]

    # stopping

    def cancel(self, generation_id: str) -> None:
        self._put_new(generation_id, "cancelled")

    def is_cancelled(self, generation_id: str) -> bool:
        return self._read(generation_id, "cancelled") is not None

    # waiting

    def open_wait(self, run: Run, kind: str, round_: int, token: str) -> Wait:
        item = self.item(run.generation_id, _wait_key(kind, round_))
        field = self.item
        with _busy():
            item.update(
                actions=[
                    field.token.set(token),
                    field.nonce.set(field.nonce | secrets.token_urlsafe(32)),
                    field.opened_ms.set(field.opened_ms | int(time.time() * 1000)),
                    field.body.set(field.body | run.model_dump_json()),
                    field.expires_at.set(field.expires_at | self.keep),
                ]
            )
        return _wait(item)

    def settle_wait(
        self, generation_id: str, kind: str, round_: int, outcome: Mapping[str, Any]
    ) -> tuple[Wait, bool]:
        item = self.item(generation_id, _wait_key(kind, round_))
        expected = self.item.nonce.exists() & self.item.outcome.does_not_exist()
        try:
            with _busy(but=UpdateError):
                item.update([self.item.outcome.set(_text(outcome))], condition=expected)
            return _wait(item), True
        except UpdateError as error:
            _unless_condition_failed(error)
        standing = self.wait(generation_id, kind, round_)
        if standing is None:
            raise NotFound(f"Nobody waits for {kind} {round_} of {generation_id}.")
        return standing, False

    def wait(self, generation_id: str, kind: str, round_: int) -> Wait | None:
        item = self._read(generation_id, _wait_key(kind, round_))
        return None if item is None else _wait(item)

    # ending

    def forget(self, generation_id: str) -> None:
        with _busy(), self.item.batch_write() as batch:
            for item in self.item.query(generation_id, attributes_to_get=["generation_id", "sk"]):
                batch.delete(item)

    # the table

    def _put_new(self, generation_id: str, key: str, **attributes: Any) -> bool:
        """False when there is one already."""
        item = self.item(generation_id, key, expires_at=self.keep, **attributes)
        try:
            with _busy(but=PutError):
                item.save(condition=self.item.sk.does_not_exist())
        except PutError as error:
            _unless_condition_failed(error)
            return False
        return True

    def _read(self, generation_id: str, key: str) -> RunItem | None:
        try:
            with _busy(but=DoesNotExist):
                return self.item.get(generation_id, key, consistent_read=True)
        except DoesNotExist:
            return None

    def _query(self, generation_id: str, where: Any, limit: int | None = None) -> Iterator[RunItem]:
        with _busy():
            yield from self.item.query(generation_id, where, consistent_read=True, limit=limit)


@contextmanager
def _busy(but: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """An SDK's error never leaves; all but the expected ones mean the same input may work later."""
    try:
        yield
    except but:
        raise
    except PynamoDBException as error:
        raise CloudBusy(f"The run table did not answer: {error.msg}") from error


def _unless_condition_failed(error: PynamoDBException) -> None:
    if error.cause_response_code != CONDITION_FAILED:
        raise CloudBusy(f"The run table did not answer: {error.msg}") from error


def _wait(item: RunItem) -> Wait:
    return Wait(
        token=item.token or "",
        nonce=item.nonce or "",
        opened_ms=int(item.opened_ms or 0),
        run=_object(item.body),
        outcome=None if item.outcome is None else _object(item.outcome),
    )


def _stage_key(stage: Stage) -> str:
    return f"stage#{stage.name}#{stage.round}" + (f"#{stage.module}" if stage.module else "")


def _wait_key(kind: str, round_: int) -> str:
    return f"wait#{kind}#{round_}"


_text: Callable[[Mapping[str, Any]], str] = lambda data: json.dumps(data, ensure_ascii=False)  # noqa: E731


def _object(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text or "{}")
    return found
