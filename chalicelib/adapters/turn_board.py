"""The words of a running turn in the run table, and the call of whoever writes them.

In: a turn's words as they grow; which turn is asked. Out: the words as far as they are. Implements
`discovery.ports.TurnBoard` and `Interviewers`. Callers: wiring. The surprise: words are overwritten, not appended, so
whoever reads needs one item and never sees half an update.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist, PynamoDBException

from chalicelib.adapters.aws import client, speaking_to
from chalicelib.adapters.job_queue import after_commit
from chalicelib.adapters.run_table import CONDITION_FAILED, bound_to
from chalicelib.errors import CloudBusy, PlatformError
from chalicelib.settings import Settings

WORDS_MAX: Final = 20_000
KEPT_FOR: Final = timedelta(days=2)
"""Long after the turn was settled."""
PATIENCE_S: Final = 5


class RunTableBoard:
    def __init__(self, settings: Settings) -> None:
        self._item = bound_to(settings)

    def claim(self, discovery_id: str, number: int, attempt: int) -> bool:
        key = f"{_key(number, attempt)}#claimed"
        item = self._item(discovery_id, key, expires_at=KEPT_FOR)
        try:
            item.save(condition=self._item.sk.does_not_exist())
        except PynamoDBException as error:
            if error.cause_response_code == CONDITION_FAILED:
                return False
            raise CloudBusy(f"The run table did not answer: {error.msg}") from error
        return True

    def show(self, discovery_id: str, number: int, attempt: int, words: str) -> None:
        key = _key(number, attempt)
        item = self._item(discovery_id, key, body=words[:WORDS_MAX], expires_at=KEPT_FOR)
        try:
            item.save()
        except PynamoDBException as error:
            raise CloudBusy(f"The run table did not answer: {error.msg}") from error

    def shown(self, discovery_id: str, number: int, attempt: int) -> str:
        try:
            found = self._item.get(discovery_id, _key(number, attempt), consistent_read=True)
        except DoesNotExist:
            return ""
        except PynamoDBException as error:
            raise CloudBusy(f"The run table did not answer: {error.msg}") from error
        return found.body or ""


class LambdaInterviewers:
    """Calls the Lambda `answer_turn` and does not wait for it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def call(self, asked: Mapping[str, str | int], lost: Callable[[PlatformError], None]) -> None:
        """Called before its turn is kept, one would answer, and be paid, for a turn that there may never be."""
        after_commit(lambda: self._called(asked, lost))

    def _called(
        self, asked: Mapping[str, str | int], lost: Callable[[PlatformError], None]
    ) -> None:
        try:
            with speaking_to("Lambda"):
                self._lambda.invoke(
                    FunctionName=self._settings.discovery_function,
                    InvocationType="Event",
                    Payload=json.dumps(dict(asked)).encode(),
                )
        except PlatformError as error:
            lost(error)

    @property
    def _lambda(self) -> Any:
        return client(self._settings, "lambda", patience_s=PATIENCE_S)


def _key(number: int, attempt: int) -> str:
    return f"turn#{number}#{attempt}"
