"""A run that goes on where another one stopped: the same MVS, a new generation, nothing asked of a model twice.

In: a run that the world ended, or a person. Out: a new generation that begins with what that one had finished. Callers: the
HTTP door; the sweep, for one whose start crashed. The surprise: what was executed is not taken over unless its round is
closed: images and scratch databases of the old run are gone, so the last round is checked anew, and decided anew from that.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from chalicelib.errors import Conflict
from chalicelib.generation import lifecycle
from chalicelib.generation.budget import Budget
from chalicelib.generation.ports import ArtifactStore, RunLog, StateMachine
from chalicelib.generation.records import App, AppStore, Generation, GenerationStore, run_identity
from chalicelib.generation.run import Run
from chalicelib.generation.takeover import Takeover


def resume(
    tenant_id: UUID,
    generation_id: UUID,
    *,
    idempotency_key: str,
    by: str,
    engine: str,
    budget: Budget | None,
    apps: AppStore,
    generations: GenerationStore,
    artifacts: ArtifactStore,
    runs: RunLog,
    machine: StateMachine,
) -> Generation:
    """Each once per Idempotency-Key. Raises `Conflict` with what to do instead, and what a start raises.

    `engine` is the platform's; the run keeps its own.
    """
    before = generations.read(tenant_id, generation_id)
    app = apps.read(tenant_id, before.app_id)
    if not _was_asked_before(app, idempotency_key, generations=generations):
        refuse(before, app, engine)
    started = generations.start(
        tenant_id,
        app.id,
        engine=before.engine,
        idempotency_key=idempotency_key,
        request_sha256=sha256(f"{app.id} resumes {before.id}".encode()).hexdigest(),
        by=by,
        budget=budget if before.engine != "offline" else None,
        resumes=before.id,
    ).generation
    if not started.is_open:
        return started
    take_over(app, started, generations=generations, artifacts=artifacts, runs=runs)
    return lifecycle.begin(
        app, started, apps=apps, generations=generations, artifacts=artifacts, machine=machine
    )


def take_over(
    app: App,
    generation: Generation,
    *,
    generations: GenerationStore,
    artifacts: ArtifactStore,
    runs: RunLog,
) -> None:
    """What the run before had finished; nothing for one that began anew. Again and again if need be."""
    if generation.resumes_generation_id is None:
        return
    before = generations.read(generation.tenant_id, generation.resumes_generation_id)
    old, new = (Run(**run_identity(app, each)) for each in (before, generation))
    Takeover(old, new, artifacts=artifacts, runs=runs).everything()


def refuse(before: Generation, app: App, engine: str) -> None:
    """Raises `Conflict` unless the same run may end better this time."""
    if before.is_open:
        raise Conflict("The generation is still running. Follow it, or cancel it first.")
    if before.status == "succeeded":
        raise Conflict("The generation succeeded. Start a new one for a new version.")
    if not before.can_be_resumed:
        raise Conflict(
            f"It ended in {before.failure_stage} because of what was generated ({before.failure_error}), so it would end "
            "the same way again. Read its checks and review, change the MVS, and start a new generation."
        )
    if before.mvs_sha256 != app.mvs_sha256:
        raise Conflict("The MVS was changed since. Start a new generation from it.")
    if before.engine == "claude" and engine != "claude":
        raise Conflict("It was written by Claude, which is not set up here now. Start a new one.")


def _was_asked_before(app: App, key: str, *, generations: GenerationStore) -> bool:
    """Then it is answered the same, whatever has changed."""
    recent: Iterable[Generation] = generations.page(app.tenant_id, app.id, limit=100).items
    return any(one.idempotency_key == key for one in recent)
