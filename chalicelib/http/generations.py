"""`/v1/…/generations`: starting a run, following it, stopping it, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint

from chalicelib.errors import BudgetReached, Conflict, QuotaReached, RunsReached
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.deployment.handover import Credentials
    from chalicelib.generation.records import Generation
    from chalicelib.generation.traceability import Traceability
    from chalicelib.http.schemas.generations import EventQuery, GenerationWanted, PageQuery
    from chalicelib.tenancy.pages import Page

routes = Blueprint(__name__)


@endpoint(
    routes,
    "/v1/apps/{app_id}/generations",
    method="POST",
    needs="generations:start",
    gives="GenerationShown",
    status=202,
    location="/v1/generations/{id}",
    needs_idempotency_key=True,
    refuses=(Conflict, QuotaReached, RunsReached, BudgetReached),
)
def start(call: Call, app_id: UUID, body: GenerationWanted) -> Generation:
    """Approve the MVS and start. The same Idempotency-Key answers with the same generation, as it is by now."""
    from chalicelib.generation import lifecycle
    from chalicelib.generation.budget import wanted

    return lifecycle.start(
        call.principal.tenant_id,
        app_id,
        idempotency_key=call.required_idempotency_key,
        by=call.principal.actor,
        engine=call.wires.settings.engine,
        apps=call.wires.apps,
        generations=call.wires.generations,
        artifacts=call.wires.artifacts,
        machine=call.wires.machine,
        budget=wanted(
            call.wires.settings,
            body.budget_microdollars,
            brings_key=lambda: call.wires.model_keys.about(call.principal.tenant_id) is not None,
        ),
    )


@endpoint(
    routes,
    "/v1/apps/{app_id}/generations",
    method="GET",
    needs="generations:read",
    gives="GenerationPage",
)
def list_generations(call: Call, app_id: UUID, query: PageQuery) -> Page[Generation]:
    """The generations of an app, the newest first."""
    return call.wires.generations.page(call.principal.tenant_id, app_id, **dict(query))


@endpoint(
    routes,
    "/v1/generations/{generation_id}",
    method="GET",
    needs="generations:read",
    gives="GenerationShown",
)
def read(call: Call, generation_id: UUID) -> Generation:
    """One generation."""
    return call.wires.generations.read(call.principal.tenant_id, generation_id)


@endpoint(
    routes,
    "/v1/generations/{generation_id}/cancel",
    method="POST",
    needs="generations:cancel",
    gives="GenerationShown",
    refuses=(Conflict,),
)
def cancel(call: Call, generation_id: UUID) -> Generation:
    """Stop it before its next step. The quota is given back, unless models were paid for; then going on from it is free."""
    from chalicelib.generation import lifecycle

    return lifecycle.cancel(
        call.principal.tenant_id,
        generation_id,
        by=call.principal.actor,
        generations=call.wires.generations,
        runs=call.wires.runs,
        spending=call.wires.spending,
    )


@endpoint(
    routes,
    "/v1/generations/{generation_id}/resume",
    method="POST",
    needs="generations:start",
    gives="GenerationShown",
    status=202,
    location="/v1/generations/{id}",
    needs_idempotency_key=True,
    refuses=(Conflict, QuotaReached, RunsReached, BudgetReached),
)
def resume(call: Call, generation_id: UUID, body: GenerationWanted) -> Generation:
    """Go on where a run stopped.

    A new generation takes over what one that was cancelled, or that failed through no fault of the MVS, had finished:
    nothing is asked of a model twice. What was executed is executed again.
    """
    from chalicelib.generation import resuming
    from chalicelib.generation.budget import wanted

    return resuming.resume(
        call.principal.tenant_id,
        generation_id,
        idempotency_key=call.required_idempotency_key,
        by=call.principal.actor,
        engine=call.wires.settings.engine,
        budget=wanted(
            call.wires.settings,
            body.budget_microdollars,
            brings_key=lambda: call.wires.model_keys.about(call.principal.tenant_id) is not None,
        ),
        apps=call.wires.apps,
        generations=call.wires.generations,
        artifacts=call.wires.artifacts,
        runs=call.wires.runs,
        machine=call.wires.machine,
    )


@endpoint(
    routes,
    "/v1/generations/{generation_id}/events",
    method="GET",
    needs="generations:read",
    gives="Events",
)
def events(call: Call, generation_id: UUID, query: EventQuery) -> dict[str, Any]:
    """What happened since the event `after`, oldest first."""
    call.wires.generations.read(call.principal.tenant_id, generation_id)
    return {"items": call.wires.runs.events(str(generation_id), after=query.after)}


@endpoint(
    routes,
    "/v1/generations/{generation_id}/trace",
    method="GET",
    needs="generations:read",
    gives="TraceShown",
)
def trace(call: Call, generation_id: UUID) -> Traceability:
    """What proves each requirement: entity, rule, screen, files, tests, and the results of the last round.

    Not found until the run has a design.
    """
    from chalicelib.generation import tracing

    return tracing.of_generation(
        call.principal.tenant_id,
        generation_id,
        apps=call.wires.apps,
        generations=call.wires.generations,
        artifacts=call.wires.artifacts,
    )


@endpoint(
    routes,
    "/v1/generations/{generation_id}/artifacts",
    method="GET",
    needs="generations:read",
    gives="Documents",
)
def artifacts(call: Call, generation_id: UUID) -> dict[str, Any]:
    """The documents of a run by presigned URL, those that exist so far."""
    from chalicelib.generation import lifecycle

    generation = call.wires.generations.read(call.principal.tenant_id, generation_id)
    items = lifecycle.documents(generation, apps=call.wires.apps, artifacts=call.wires.artifacts)
    return {"items": items}


@endpoint(
    routes,
    "/v1/generations/{generation_id}/credentials",
    method="POST",
    needs="generations:start",
    gives="Credentials",
    goes_on_unpaid=True,
    refuses=(Conflict,),
)
def credentials(call: Call, generation_id: UUID) -> Credentials:
    """Take the first owner's credentials: given out once; later askers reset the password in the app."""
    from chalicelib.deployment.handover import take_credentials
    from chalicelib.generation import lifecycle

    run = lifecycle.delivered_run(
        call.principal.tenant_id,
        generation_id,
        apps=call.wires.apps,
        generations=call.wires.generations,
    )
    return take_credentials(
        run,
        by=call.principal.actor,
        settings=call.wires.settings,
        secrets=call.wires.secrets,
        trail=call.wires.audit,
    )
