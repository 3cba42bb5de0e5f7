"""`/v1/…/generations`: starting a run, following it, stopping it, and what it leaves behind."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint, Response

from chalicelib.http.endpoint import Call, endpoint, only, reply

if TYPE_CHECKING:
    from chalicelib.generation.records import Generation

routes = Blueprint(__name__)


@endpoint(routes, "/v1/apps/{app_id}/generations", method="POST", needs="generations:start")
def start(call: Call, app_id: UUID) -> Response:
    """The approval by a person, and the start. The same Idempotency-Key answers with the same generation."""
    from chalicelib.generation import lifecycle

    only(call.body())
    generation = lifecycle.start(
        call.principal.tenant_id,
        app_id,
        idempotency_key=call.idempotency_key,
        by=call.principal.actor,
        engine=call.wires.settings.model_engine,
        apps=call.wires.apps,
        generations=call.wires.generations,
        artifacts=call.wires.artifacts,
        machine=call.wires.machine,
    )
    return reply(shown(generation), status=202, location=f"/v1/generations/{generation.id}")


@endpoint(routes, "/v1/apps/{app_id}/generations", method="GET", needs="generations:read")
def list_generations(call: Call, app_id: UUID) -> Response:
    page = call.wires.generations.page(call.principal.tenant_id, app_id, **call.page)
    items = [shown(generation) for generation in page.items]
    return reply({"items": items, "next_cursor": page.next_cursor})


@endpoint(routes, "/v1/generations/{generation_id}", method="GET", needs="generations:read")
def read(call: Call, generation_id: UUID) -> Response:
    return reply(shown(call.wires.generations.read(call.principal.tenant_id, generation_id)))


@endpoint(
    routes, "/v1/generations/{generation_id}/cancel", method="POST", needs="generations:cancel"
)
def cancel(call: Call, generation_id: UUID) -> Response:
    from chalicelib.generation import lifecycle

    generation = lifecycle.cancel(
        call.principal.tenant_id,
        generation_id,
        by=call.principal.actor,
        generations=call.wires.generations,
        runs=call.wires.runs,
    )
    return reply(shown(generation))


@endpoint(routes, "/v1/generations/{generation_id}/events", method="GET", needs="generations:read")
def events(call: Call, generation_id: UUID) -> Response:
    """What happened since the event `after`, oldest first."""
    call.wires.generations.read(call.principal.tenant_id, generation_id)
    after = call.query.get("after", "")[:200]
    return reply({"items": call.wires.runs.events(str(generation_id), after=after)})


@endpoint(
    routes, "/v1/generations/{generation_id}/artifacts", method="GET", needs="generations:read"
)
def artifacts(call: Call, generation_id: UUID) -> Response:
    """The documents of a run by presigned URL, those that exist so far."""
    from chalicelib.generation import lifecycle

    generation = call.wires.generations.read(call.principal.tenant_id, generation_id)
    items = lifecycle.documents(generation, apps=call.wires.apps, artifacts=call.wires.artifacts)
    return reply({"items": items})


@endpoint(
    routes, "/v1/generations/{generation_id}/credentials", method="POST", needs="generations:start"
)
def credentials(call: Call, generation_id: UUID) -> Response:
    """The first owner's credentials, given out once; later askers reset the password in the app."""
    from chalicelib.deployment.handover import take_credentials
    from chalicelib.generation import lifecycle

    run = lifecycle.delivered_run(
        call.principal.tenant_id,
        generation_id,
        apps=call.wires.apps,
        generations=call.wires.generations,
    )
    given = take_credentials(run, settings=call.wires.settings, secrets=call.wires.secrets)
    return reply(dataclasses.asdict(given))


def shown(generation: Generation) -> dict[str, Any]:
    fields = dataclasses.asdict(generation)
    hidden = ("tenant_id", "idempotency_key", "is_charged")
    answer = {
        name: value
        for name, value in fields.items()
        if name not in hidden and not name.startswith("failure_")
    }
    answer["failure"] = _failure(generation)
    return answer


def _failure(generation: Generation) -> dict[str, Any] | None:
    if generation.failure_stage is None:
        return None
    return {
        "stage": generation.failure_stage,
        "error": generation.failure_error,
        "reason": generation.failure_reason,
    }
