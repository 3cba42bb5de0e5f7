"""Lambdas that answer what each state expects; a test replaces the ones it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.stepfunctions.machine import fail, succeed

RUN = {
    "generation_id": "11111111-1111-4111-8111-111111111111",
    "tenant_id": "22222222-2222-4222-8222-222222222222",
    "app_id": "33333333-3333-4333-8333-333333333333",
    "app_number": 7,
    "slug": "clinica-sonrisa",
    "version": 1,
    "locale": "es",
}
BEFORE_DEPLOYMENT = (
    "Orchestrate",
    "WritePrd",
    "Design",
    "Converge",
    "GenerateModule",
    "Assemble",
    "RunChecks",
    "Review",
    "Decide",
)
DEPLOYMENT = (
    "ProvisionDatabase",
    "PushImage",
    "MigrateDatabase",
    "StartService",
    "AwaitHealthy",
    "HandOver",
    "RecordSuccess",
)
WAITING = ("Assemble", "RunChecks", "MigrateDatabase", "HandOver")
TASKS = (*BEFORE_DEPLOYMENT, *DEPLOYMENT)
INSIDE = {
    "WritePrd": "WriteDocuments",
    "Design": "WriteDocuments",
    "GenerateModule": "GenerateModules",
}
"""State → the state around it that catches its errors."""

Answer = Callable[[dict[str, Any]], Any]


class Lambdas(dict[str, Answer]):
    """`calls` remembers every invocation as (state, event), in order."""

    def __init__(self, modules: list[str] | None = None, **replaced: Answer) -> None:
        super().__init__()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        for name, answer in {**_happy(modules or ["patient", "visit"]), **replaced}.items():
            self[name] = self._remembering(name, answer)

    def called(self, name: str) -> list[dict[str, Any]]:
        return [event for called, event in self.calls if called == name]

    def _remembering(self, name: str, answer: Answer) -> Answer:
        def call(event: dict[str, Any]) -> Any:
            self.calls.append((name, event))
            return answer(event)

        return call


def _happy(modules: list[str]) -> dict[str, Answer]:
    key = f"generations/{RUN['tenant_id']}/{RUN['generation_id']}"
    return {
        "Orchestrate": lambda event: {"modules": modules, "parallel": 10},
        "WritePrd": lambda event: {"key": f"{key}/prd.json"},
        "Design": lambda event: {"key": f"{key}/design.json"},
        "Converge": lambda event: {"key": f"{key}/design.md"},
        "GenerateModule": lambda event: {
            "module": event["module"],
            "key": f"{key}/modules/{event['round']}/{event['module']}.json",
            "engine": "offline",
            "note": "",
        },
        "Assemble": resuming({"bundle": f"{key}/bundles/1.zip", "sha256": "0" * 64, "files": 9}),
        "RunChecks": resuming({"report": f"{key}/checks/1.json", "passed": True, "failing": []}),
        "Review": lambda event: {"review": f"{key}/reviews/1.json", "passed": True},
        "Decide": lambda event: verdict("deploy"),
        "ProvisionDatabase": lambda event: {"owner_secret": "o", "app_secret": "a"},
        "PushImage": lambda event: {"image": "registry/apps@sha256:" + "0" * 64},
        "MigrateDatabase": resuming({"report": f"{key}/migrate/1.json", "passed": True}),
        "StartService": lambda event: {"service": "arn:service", "task_definition": "arn:td"},
        "AwaitHealthy": lambda event: {"url": "https://clinica-sonrisa.example"},
        "HandOver": resuming({"url": "https://clinica-sonrisa.example", "username": "owner"}),
        "RecordSuccess": lambda event: {"url": event["url"]},
        "CleanUp": lambda event: {"ending": "Unexpected"},
    }


def verdict(decision: str, failing: tuple[str, ...] = (), error: str = "") -> dict[str, Any]:
    return {
        "decision": decision,
        "failing": list(failing),
        "notes": "notes/1.json" if failing else "",
        "error": error,
        "reason": 'a "quoted" reason',
    }


def resuming(outcome: dict[str, Any]) -> Answer:
    return lambda event: succeed(event["task_token"], outcome)


def failing(error: str, cause: str = "why") -> Answer:
    return lambda event: fail(event["task_token"], error, cause)


def raising(name: str, message: str = "why") -> Answer:
    """Raises an error of that class name, as the Lambda runtime would report it."""
    kind = type(name, (Exception,), {})

    def answer(event: dict[str, Any]) -> Any:
        raise kind(message)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """The first call gets the first answer, the last one is repeated."""
    left = list(answers)

    def answer(event: dict[str, Any]) -> Any:
        chosen = left.pop(0) if len(left) > 1 else left[0]
        return chosen(event)

    return answer
