"""Runs `generate_app.asl.json` in moto's interpreter, with Python callables in the place of the Lambdas.

In: a dict logical name → callable(event) → dict. Out: `Walk`, what an execution did. Callers: the tests beside this file.
The surprise: moto evaluates JSONata with a JVM and really sleeps between retries; both are replaced here, nothing else.
"""

from __future__ import annotations

import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import jsonata
import moto.stepfunctions.parser.asl.component.common.retry.retrier_decl as retrying
import moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils as invoking
import moto.stepfunctions.parser.asl.jsonata.jsonata as evaluating
import moto.stepfunctions.parser.asl.parse.asl_parser as parsing
import pytest
from moto import mock_aws

ASL = Path(__file__).parents[2] / "stepfunctions" / "generate_app.asl.json"
REGION = "eu-west-1"
ACCOUNT = "123456789012"
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

_parsed = cache(parsing.AmazonStateLanguageParser.parse)
"""Parsing takes longer than walking, and the definition is the same in every test."""

Lambdas = Mapping[str, Callable[[dict[str, Any]], Any]]


def definition() -> dict[str, Any]:
    return json.loads(ASL.read_text())


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def definition_text(*, timeouts: Mapping[str, int] | None = None) -> str:
    """The definition as CloudFormation would substitute it; `timeouts` shortens waiting states for a test."""
    machine = definition()
    for state, seconds in (timeouts or {}).items():
        machine["States"][state]["TimeoutSeconds"] = seconds
    return re.sub(r"\$\{(\w+)\}", lambda found: function_arn(found[1]), json.dumps(machine))


@dataclass(frozen=True)
class Walk:
    status: str
    error: str
    cause: str
    output: Any
    events: list[dict[str, Any]]

    @property
    def states(self) -> list[str]:
        """Names of the states entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.events
            if "stateEnteredEventDetails" in event
        ]

    @property
    def failure(self) -> str:
        """Empty when it succeeded."""
        return "" if self.status == "SUCCEEDED" else f"{self.status} {self.error}: {self.cause}"

    @property
    def largest_payload(self) -> int:
        """Bytes of the largest input, output or variable set recorded in the history."""
        return max(len(json.dumps(event, default=str).encode()) for event in self.events)


@contextmanager
def machine(
    lambdas: Lambdas, *, timeouts: Mapping[str, int] | None = None
) -> Iterator[Callable[[dict[str, Any]], Walk]]:
    """Yields `run(input) → Walk`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setattr(
            evaluating, "_eval_jsonata", lambda text: jsonata.Jsonata(text).evaluate(None)
        )
        patch.setattr(retrying, "time", SimpleNamespace(sleep=lambda seconds: None))
        patch.setattr(invoking, "_invoke_lambda_function", _router(lambdas))
        patch.setattr(parsing.AmazonStateLanguageParser, "parse", staticmethod(_parsed))
        with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
            client = boto3.client("stepfunctions", region_name=REGION)
            arn = client.create_state_machine(
                name="generate_app",
                definition=definition_text(timeouts=timeouts),
                roleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
            )["stateMachineArn"]
            yield lambda given: _walk(client, arn, given)


def _walk(client: Any, arn: str, given: dict[str, Any], within_s: float = 60) -> Walk:
    name = given.get("generation_id", "run") if isinstance(given, dict) else "run"
    execution = client.start_execution(stateMachineArn=arn, name=str(name), input=json.dumps(given))
    deadline = time.monotonic() + within_s
    while True:
        found = client.describe_execution(executionArn=execution["executionArn"])
        if found["status"] in ENDED:
            break
        assert time.monotonic() < deadline, "the execution did not end"
        time.sleep(0.01)
    history = client.get_execution_history(executionArn=execution["executionArn"])
    return Walk(
        status=found["status"],
        error=found.get("error", ""),
        cause=found.get("cause", ""),
        output=json.loads(found["output"]) if found.get("output") else None,
        events=history["events"],
    )


def _router(lambdas: Lambdas) -> Callable[..., dict[str, Any]]:
    """What Lambda answers: the payload, or the error as AWS's runtime client serializes it."""

    def invoke(parameters: dict[str, Any], region: str, state_credentials: Any) -> dict[str, Any]:
        name = str(parameters["FunctionName"]).rsplit(":", 1)[-1]
        event = json.loads(parameters["Payload"])
        try:
            return {"StatusCode": 200, "Payload": _as_json(lambdas[name](event))}
        except Exception as error:
            failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": failure}

    return invoke


def _as_json(value: Any) -> Any:
    return json.load(io.StringIO(json.dumps(value)))


def succeed(token: str, outcome: Mapping[str, Any]) -> None:
    """SendTaskSuccess a moment later, as an S3 event would cause it."""
    _soon(lambda client: client.send_task_success(taskToken=token, output=json.dumps(outcome)))


def fail(token: str, error: str, cause: str = "") -> None:
    _soon(lambda client: client.send_task_failure(taskToken=token, error=error, cause=cause))


def _soon(call: Callable[[Any], None]) -> None:
    client = boto3.client("stepfunctions", region_name=REGION)
    threading.Timer(0.01, call, args=(client,)).start()
