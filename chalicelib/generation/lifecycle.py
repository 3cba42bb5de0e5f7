"""A generation from the caller's side: started, cancelled, its documents and its first credentials handed out.

In: ids of the caller's own tenant. Out: records, links. Callers: the HTTP door. What happens in between is in
`stages.py`, driven by the state machine. The surprise: a start is safe to repeat at any point; a crash after the row is
committed is mended by the caller's next try with the same Idempotency-Key.
"""

from __future__ import annotations

import json
from hashlib import sha256
from uuid import UUID

from chalicelib.errors import Conflict
from chalicelib.generation import first_rows, keys
from chalicelib.generation.budget import Budget
from chalicelib.generation.ports import ArtifactStore, RunLog, RunSpending, StateMachine
from chalicelib.generation.records import App, AppStore, Generation, GenerationStore, run_identity
from chalicelib.generation.run import Run

DOCUMENTS = ("mvs.json", "prd.md", "design.md", "source.zip", "trace.json", "import.json")
ROUNDS = (3, 2, 1)


def start(
    tenant_id: UUID,
    app_id: UUID,
    *,
    idempotency_key: str,
    by: str,
    engine: str,
    apps: AppStore,
    generations: GenerationStore,
    artifacts: ArtifactStore,
    machine: StateMachine,
    budget: Budget | None = None,
) -> Generation:
    """Counts the quota, decides the budget, keeps the MVS as it is now, starts the machine; each once per Idempotency-Key.

    Raises `NotFound`, `Conflict`, `QuotaReached`, `RunsReached`, `PaymentRequired`, `BudgetReached` (the caller's turn),
    `Unavailable` (the world's: try again).
    """
    app = apps.read(tenant_id, app_id)
    _refuse_another_shape(app, idempotency_key, generations=generations)
    started = generations.start(
        tenant_id,
        app_id,
        engine=engine,
        idempotency_key=idempotency_key,
        request_sha256=_request_digest(app_id, budget),
        by=by,
        budget=budget,
    )
    generation = started.generation
    if not generation.is_open:
        return generation
    return begin(
        app, generation, apps=apps, generations=generations, artifacts=artifacts, machine=machine
    )


def _request_digest(app_id: UUID, budget: Budget | None) -> str:
    asked = budget.asked_microdollars if budget else None
    return sha256(f"{app_id}{'' if asked is None else f' {asked}'}".encode()).hexdigest()


def begin(
    app: App,
    generation: Generation,
    *,
    apps: AppStore,
    generations: GenerationStore,
    artifacts: ArtifactStore,
    machine: StateMachine,
) -> Generation:
    """What follows the committed row; again and again if need be. Raises `Conflict` when the MVS was replaced meanwhile."""
    key = keys.document(_run(app, generation), "mvs.json")
    if not artifacts.exists(key):
        _keep_mvs(app, generation, key, apps=apps, artifacts=artifacts)
    if app.live_generation_id is None:
        first_rows.keep(_run(app, generation), artifacts=artifacts)
    machine.start(run_identity(app, generation))
    return generations.mark_running(generation.tenant_id, generation.id)


def _refuse_another_shape(app: App, idempotency_key: str, *, generations: GenerationStore) -> None:
    """A live app's tables can't be changed yet: that takes migrations computed against the version that runs.

    A start that was answered before is answered the same, whatever the MVS is by now.
    """
    if app.live_generation_id is None:
        return
    live = generations.read(app.tenant_id, app.live_generation_id)
    if live.mvs_sha256 == app.mvs_sha256:
        return
    recent = generations.page(app.tenant_id, app.id, limit=100).items
    if not any(one.idempotency_key == idempotency_key for one in recent):
        raise Conflict(
            "The MVS differs from the one the running version was made from, and changing a running app's "
            "data is not supported yet. Put the earlier MVS back, or make a new app from this one."
        )


def _keep_mvs(
    app: App, generation: Generation, key: str, *, apps: AppStore, artifacts: ArtifactStore
) -> None:
    """What the generation was started with; later changes of the app's MVS belong to the next one."""
    if app.mvs_sha256 != generation.mvs_sha256:
        raise Conflict(
            "The MVS was replaced before this generation began; cancel it, start another."
        )
    mvs = apps.mvs(app.tenant_id, app.id)
    artifacts.write(key, json.dumps(mvs, ensure_ascii=False).encode())


def cancel(
    tenant_id: UUID,
    generation_id: UUID,
    *,
    by: str,
    generations: GenerationStore,
    runs: RunLog,
    spending: RunSpending | None = None,
) -> Generation:
    """Closes it at once; the machine sees it before its next step and cleans up. The quota is given back unless models
    were paid for. Without `spending` nobody counts any more."""
    has_spent = spending is not None and _has_spent(
        generations.read(tenant_id, generation_id), spending
    )
    generation = generations.cancel(tenant_id, generation_id, by=by, has_spent=has_spent)
    runs.cancel(str(generation_id))
    return generation


def _has_spent(generation: Generation, spending: RunSpending) -> bool:
    """Its books are closed first: what was not spent by now never is."""
    if generation.engine == "offline" or not generation.is_open:
        return False
    return spending.close(str(generation.id)).committed_microdollars > 0


def documents(
    generation: Generation, *, apps: AppStore, artifacts: ArtifactStore
) -> list[dict[str, str]]:
    """`{name, url}` of every document that exists so far; the links work for some minutes."""
    app = apps.read(generation.tenant_id, generation.app_id)
    run = _run(app, generation)
    wanted = {name: keys.document(run, name) for name in DOCUMENTS}
    wanted |= {f"checks-{number}.json": keys.report(run, "checks", number) for number in ROUNDS}
    wanted |= {f"review-{number}.json": keys.review(run, number) for number in ROUNDS}
    return [
        {"name": name, "url": artifacts.link_to_read(key, f"{app.slug}-{name}")}
        for name, key in wanted.items()
        if artifacts.exists(key)
    ]


def delivered_run(
    tenant_id: UUID, generation_id: UUID, *, apps: AppStore, generations: GenerationStore
) -> Run:
    """The identity of a generation that succeeded. Raises `Conflict` for any other."""
    generation = generations.read(tenant_id, generation_id)
    if generation.status != "succeeded":
        raise Conflict(f"The generation is {generation.status}; there is nothing to hand over.")
    return _run(apps.read(tenant_id, generation.app_id), generation)


def _run(app: App, generation: Generation) -> Run:
    return Run(**run_identity(app, generation))
