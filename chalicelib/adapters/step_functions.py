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

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import CloudBusy
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ALREADY_STARTED = frozenset({"ExecutionAlreadyExists"})
TOKEN_IS_SPENT = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})
ALREADY_ENDED = frozenset({"ExecutionDoesNotExist"})
CAUSE_LENGTH_MAX = 2000


class StepFunctions:
    def __init__(self, settings: Settings) -> None:
        self.arn = settings.state_machine_arn
        self.sfn: SFNClient = boto3.client(
            "stepfunctions",
            region_name=settings.aws_region,
            endpoint_url=settings.aws_endpoint_url or None,
            config=Config(
                inject_host_prefix=not settings.aws_endpoint_url,
                connect_timeout=3,
                read_timeout=15,
                retries={"mode": "standard", "max_attempts": 3},
            ),
        )

    def start(self, run: Mapping[str, Any]) -> None:
        with _tolerating(ALREADY_STARTED):
            self.sfn.start_execution(
                stateMachineArn=self.arn, name=run["generation_id"], input=json.dumps(dict(run))
            )

    def resume(self, token: str, outcome: Mapping[str, Any]) -> None:
        with _tolerating(TOKEN_IS_SPENT):
            self.sfn.send_task_success(taskToken=token, output=json.dumps(dict(outcome)))

    def fail(self, token: str, error: str, cause: str) -> None:
        with _tolerating(TOKEN_IS_SPENT):
            self.sfn.send_task_failure(taskToken=token, error=error, cause=cause[:CAUSE_LENGTH_MAX])

    def stop(self, generation_id: str, cause: str) -> None:
        with _tolerating(ALREADY_ENDED):
            self.sfn.stop_execution(
                executionArn=f"{self.arn.replace(':stateMachine:', ':execution:')}:{generation_id}",
                error="Cancelled",
                cause=cause[:CAUSE_LENGTH_MAX],
            )


@contextmanager
def _tolerating(codes: frozenset[str]) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code not in codes:
            raise CloudBusy(f"The state machine did not answer: {code}") from error
    except BotoCoreError as error:
        raise CloudBusy(f"The state machine did not answer: {error}") from error
