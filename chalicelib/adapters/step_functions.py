"""The state machine that generates apps.

In: a run, task tokens. Out: nothing. Implements `generation.ports.StateMachine`. Callers: wiring.
The surprise: an execution is named after its generation, which makes a repeated start harmless; and a token that was
used already is the normal end of a duplicate event, not an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import client, is_code, speaking_to
from chalicelib.errors import PlatformError
from chalicelib.generation.ports import Execution
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ALREADY_STARTED = ("ExecutionAlreadyExists",)
TOKEN_IS_SPENT = ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")
ALREADY_ENDED = NEVER_BEGAN = ("ExecutionDoesNotExist",)
GOES_ON = ("RUNNING", "PENDING_REDRIVE")
CAUSE_LENGTH_MAX = 2000


class StepFunctions:
    def __init__(self, settings: Settings) -> None:
        self.arn = settings.state_machine_arn
        self.sfn: SFNClient = client(settings, "stepfunctions")

    def start(self, run: Mapping[str, Any]) -> None:
        with _tolerating(*ALREADY_STARTED):
            self.sfn.start_execution(
                stateMachineArn=self.arn, name=run["generation_id"], input=json.dumps(dict(run))
            )

    def resume(self, token: str, outcome: Mapping[str, Any]) -> None:
        with _tolerating(*TOKEN_IS_SPENT):
            self.sfn.send_task_success(taskToken=token, output=json.dumps(dict(outcome)))

    def fail(self, token: str, error: str, cause: str) -> None:
        with _tolerating(*TOKEN_IS_SPENT):
            self.sfn.send_task_failure(taskToken=token, error=error, cause=cause[:CAUSE_LENGTH_MAX])

    def stop(self, generation_id: str, cause: str) -> None:
        with _tolerating(*ALREADY_ENDED):
            self.sfn.stop_execution(
                executionArn=self._execution_arn(generation_id),
                error="Cancelled",
                cause=cause[:CAUSE_LENGTH_MAX],
            )

    def execution(self, generation_id: str) -> Execution | None:
        found = None
        with _tolerating(*NEVER_BEGAN):
            found = self.sfn.describe_execution(executionArn=self._execution_arn(generation_id))
        if found is None:
            return None
        status = str(found["status"])
        return Execution(status in GOES_ON, status, found.get("stopDate"))

    def _execution_arn(self, generation_id: str) -> str:
        return f"{self.arn.replace(':stateMachine:', ':execution:')}:{generation_id}"


@contextmanager
def _tolerating(*codes: str) -> Iterator[None]:
    try:
        with speaking_to("the state machine"):
            yield
    except PlatformError as error:
        if not (isinstance(error.__cause__, ClientError) and is_code(error.__cause__, *codes)):
            raise
