"""No run stays open for ever: looks after generations whose state machine is gone, or never began.

In: nothing but the clock. Out: what became of each watched generation. Callers: the task `sweep`, every few minutes.
The surprise: a run that ended is left alone for `quiet_s` first, because one of its Lambdas may still be at work; and
everything here may happen at the same time as the run's own clean-up, which the row and the run log decide.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chalicelib.deployment.stages import CLEAN_UP_ATTEMPTS
from chalicelib.errors import Conflict, NotFound, PlatformError
from chalicelib.generation import lifecycle, resuming
from chalicelib.generation.ports import ArtifactStore, Execution, RunLog, StateMachine
from chalicelib.generation.records import (
    App,
    AppStore,
    Generation,
    GenerationStore,
    Watched,
    WatchList,
    run_identity,
)
from chalicelib.generation.verdict import Failure

BEGIN_WITHIN = timedelta(minutes=30)
"""A generation that never began is started this long; later nobody expects it any more."""
TIDY_WITHIN = timedelta(hours=12)
"""From then on the row is closed even if not everything could be undone."""
NOT_BEGUN = "Begin"

CleanUp = Callable[[Any, Failure, int], Any]


def sweep(
    quiet_s: int,
    now: datetime,
    *,
    watch: WatchList,
    apps: AppStore,
    generations: GenerationStore,
    artifacts: ArtifactStore,
    runs: RunLog,
    machine: StateMachine,
    clean_up: CleanUp,
) -> dict[str, str]:
    """Generation → what became of it. One that can't be helped now does not keep the others from being helped."""

    def begin(app: App, generation: Generation) -> None:
        resuming.take_over(app, generation, generations=generations, artifacts=artifacts, runs=runs)
        lifecycle.begin(
            app,
            generation,
            apps=apps,
            generations=generations,
            artifacts=artifacts,
            machine=machine,
        )

    outcomes = {}
    for watched in watch.due(quiet_s):
        look = Look(watched, now, timedelta(seconds=quiet_s), begin, clean_up)
        try:
            outcome = look.after(
                watch=watch, apps=apps, generations=generations, runs=runs, machine=machine
            )
        except PlatformError as error:
            outcome = f"{type(error).__name__}: {error.detail}"
        outcomes[str(watched.generation_id)] = outcome
    return outcomes


class Look:
    """At one generation."""

    def __init__(
        self,
        watched: Watched,
        now: datetime,
        quiet: timedelta,
        begin: Callable[[App, Generation], None],
        clean_up: CleanUp,
    ) -> None:
        self.id = str(watched.generation_id)
        self.watched, self.now, self.quiet = watched, now, quiet
        self.begin, self.clean_up = begin, clean_up
        self.age = now - watched.since

    def after(
        self,
        *,
        watch: WatchList,
        apps: AppStore,
        generations: GenerationStore,
        runs: RunLog,
        machine: StateMachine,
    ) -> str:
        tenant_id, generation_id = self.watched.tenant_id, self.watched.generation_id
        execution = machine.execution(self.id)
        generation = generations.read(tenant_id, generation_id)
        if execution is not None and execution.is_running:
            if generation.status == "queued":
                generations.mark_running(tenant_id, generation_id)
            return "runs"
        if execution is not None and self.may_still_act(execution):
            return "ended just now"
        try:
            app = apps.read(tenant_id, generation.app_id)
        except NotFound:
            watch.forget(tenant_id, generation_id)
            return "its app is deleted"
        if not generation.is_open:
            self.tidy(app, generation, Failure(last_stage(self.id, runs), "Cancelled", ""))
            watch.forget(tenant_id, generation_id)
            return "tidied up"
        if execution is None and self.age < BEGIN_WITHIN:
            return self.begun(app, generation)
        stage = last_stage(self.id, runs)
        self.tidy(app, generation, Failure(stage, "Interrupted", told(stage, execution)))
        return f"failed in {stage}"

    def may_still_act(self, execution: Execution) -> bool:
        return execution.ended_at is not None and self.now - execution.ended_at < self.quiet

    def begun(self, app: App, generation: Generation) -> str:
        try:
            self.begin(app, generation)
        except Conflict as error:
            self.tidy(app, generation, Failure(NOT_BEGUN, "Conflict", error.detail))
            return f"failed in {NOT_BEGUN}"
        return "begun"

    def tidy(self, app: App, generation: Generation, failure: Failure) -> None:
        attempt = 0 if self.age < TIDY_WITHIN else CLEAN_UP_ATTEMPTS
        self.clean_up(run_identity(app, generation), failure, attempt)


def last_stage(generation_id: str, runs: RunLog) -> str:
    """Where it was last heard of."""
    stage, after = NOT_BEGUN, ""
    while events := runs.events(generation_id, after=after):
        stage, after = str(events[-1]["stage"]), str(events[-1]["id"])
    return stage


def told(stage: str, execution: Execution | None) -> str:
    if execution is None:
        return "The run was interrupted before it began. Start another one; this one does not count against the quota."
    return (
        f"The run was interrupted in {stage} ({execution.ended_as}). "
        "Start another one; this one does not count against the quota."
    )
