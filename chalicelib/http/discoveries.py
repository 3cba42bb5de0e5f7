"""`/v1/discoveries`: conversations that grow an MVS until somebody approves it.

The surprise: whatever is read here is settled first, so an answer that came in the background is part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint

from chalicelib.errors import (
    BudgetReached,
    Conflict,
    InvalidMvs,
    NotFound,
    QuotaReached,
    RunsReached,
)
from chalicelib.http.apps import MVS_BODY_BYTES_MAX
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.discovery.records import Discovery
    from chalicelib.http.schemas.discoveries import (
        Approval,
        DiscoveryBegun,
        MessageSent,
        MvsEdited,
        PageQuery,
        TurnQuery,
    )
    from chalicelib.tenancy.pages import Page

routes = Blueprint(__name__)

HERE = "/v1/discoveries/{discovery_id}"
TURN_DIGITS_MAX = 9


@endpoint(
    routes,
    "/v1/discoveries",
    method="POST",
    needs="discoveries:write",
    gives="DiscoveryShown",
    status=201,
    location="/v1/discoveries/{id}",
    creates=True,
    refuses=(NotFound, Conflict, BudgetReached),
)
def begin(call: Call, body: DiscoveryBegun) -> dict[str, Any]:
    """Begin a conversation: with a brief, a blueprint, or nothing. Its first turn says what is asked; a model answers in the background."""
    from chalicelib.discovery import conversation
    from chalicelib.http.discovery_views import beginning, locale_of, shown

    asked = beginning(body, call.wires.settings.engine)
    discovery = conversation.begin(
        call.principal.tenant_id,
        asked,
        locale=locale_of(body, call.language),
        by=call.principal.actor,
        shelf=call.wires.shelf(call.principal.tenant_id),
        discoveries=call.wires.discoveries,
        background=call.wires.background,
    )
    return shown(discovery)


@endpoint(routes, "/v1/discoveries", method="GET", needs="discoveries:read", gives="DiscoveryPage")
def list_discoveries(call: Call, query: PageQuery) -> Page[Discovery]:
    """Conversations, the newest first."""
    return call.wires.discoveries.page(call.principal.tenant_id, **dict(query))


@endpoint(routes, HERE, method="GET", needs="discoveries:read", gives="DiscoveryShown")
def read(call: Call, discovery_id: UUID) -> dict[str, Any]:
    """A conversation: its MVS as it stands, the score, and what is missing."""
    from chalicelib.http.discovery_views import shown

    return shown(_settled(call, discovery_id))


@endpoint(
    routes,
    HERE,
    method="DELETE",
    needs="discoveries:write",
    refuses=(Conflict,),
    goes_on_unpaid=True,
)
def abandon(call: Call, discovery_id: UUID) -> None:
    """End a conversation without an app. It stays readable."""
    _settled(call, discovery_id)
    call.wires.discoveries.abandon(call.principal.tenant_id, discovery_id, by=call.principal.actor)


@endpoint(
    routes,
    f"{HERE}/messages",
    method="POST",
    needs="discoveries:write",
    gives="TurnShown",
    status=201,
    location="/v1/discoveries/{discovery_id}/turns/{number}",
    creates=True,
    refuses=(Conflict, BudgetReached),
)
def say(call: Call, discovery_id: UUID, body: MessageSent) -> dict[str, Any]:
    """Say something. Rules answer at once; with a model the turn is `running`: read it until it is `done`."""
    from chalicelib.discovery import conversation
    from chalicelib.http.discovery_views import turn_shown

    here = call.principal.tenant_id
    turn = conversation.say(
        here,
        discovery_id,
        body.text,
        by=call.principal.actor,
        shelf=lambda: call.wires.shelf(here),
        discoveries=call.wires.discoveries,
        background=call.wires.background,
    )
    return turn_shown(turn)


@endpoint(routes, f"{HERE}/turns", method="GET", needs="discoveries:read", gives="Turns")
def list_turns(call: Call, discovery_id: UUID, query: TurnQuery) -> dict[str, Any]:
    """What was said, answered and changed since the turn `after`, the oldest first."""
    from chalicelib.http.discovery_views import turn_shown

    _settled(call, discovery_id)
    found = call.wires.discoveries.turns(call.principal.tenant_id, discovery_id, **dict(query))
    return {"items": [turn_shown(turn, _partial(call, turn)) for turn in found]}


@endpoint(routes, f"{HERE}/turns/{{number}}", method="GET", needs="discoveries:read", gives="TurnShown")  # fmt: skip
def read_turn(call: Call, discovery_id: UUID, number: str) -> dict[str, Any]:
    """One turn; while it runs, `partial` is what is written so far."""
    from chalicelib.http.discovery_views import turn_shown

    wanted = _number(number)
    _settled(call, discovery_id)
    turn = call.wires.discoveries.turn(call.principal.tenant_id, discovery_id, wanted)
    return turn_shown(turn, _partial(call, turn))


@endpoint(
    routes,
    f"{HERE}/turns/{{number}}/retry",
    method="POST",
    needs="discoveries:write",
    gives="TurnShown",
    refuses=(Conflict, BudgetReached),
)
def retry(call: Call, discovery_id: UUID, number: str) -> dict[str, Any]:
    """Try the last turn again when it failed. What was written is not lost."""
    from chalicelib.discovery import conversation
    from chalicelib.http.discovery_views import turn_shown

    here = call.principal.tenant_id
    turn = conversation.retry(
        here,
        discovery_id,
        _number(number),
        shelf=lambda: call.wires.shelf(here),
        discoveries=call.wires.discoveries,
        background=call.wires.background,
    )
    return turn_shown(turn)


@endpoint(routes, f"{HERE}/mvs", method="GET", needs="discoveries:read", gives="MvsAtVersion")
def read_its_mvs(call: Call, discovery_id: UUID) -> dict[str, Any]:
    """The MVS as it stands, with the version to send back with an edit."""
    from chalicelib.http.discovery_views import at_version

    return at_version(_settled(call, discovery_id))


@endpoint(
    routes,
    f"{HERE}/mvs",
    method="PUT",
    needs="discoveries:write",
    gives="TurnShown",
    refuses=(Conflict, InvalidMvs),
    body_bytes_max=MVS_BODY_BYTES_MAX + 1024,
)
def edit_its_mvs(call: Call, discovery_id: UUID, body: MvsEdited) -> dict[str, Any]:
    """Edit the MVS by hand. It becomes a turn of the conversation, with what it changed."""
    from chalicelib.discovery import conversation
    from chalicelib.http.discovery_views import turn_shown

    turn = conversation.change(
        call.principal.tenant_id,
        discovery_id,
        kind="edit",
        said="",
        by=call.principal.actor,
        make=conversation.edited(body.mvs, language=call.language),
        discoveries=call.wires.discoveries,
        background=call.wires.background,
        version=body.version,
    )
    return turn_shown(turn)


@endpoint(
    routes,
    f"{HERE}/undo",
    method="POST",
    needs="discoveries:write",
    gives="TurnShown",
    refuses=(Conflict,),
)
def undo(call: Call, discovery_id: UUID) -> dict[str, Any]:
    """Take the last change back; again and again if need be."""
    from chalicelib.discovery import conversation
    from chalicelib.http.discovery_views import turn_shown

    turn = conversation.undo(
        call.principal.tenant_id,
        discovery_id,
        by=call.principal.actor,
        discoveries=call.wires.discoveries,
        background=call.wires.background,
    )
    return turn_shown(turn)


@endpoint(
    routes,
    f"{HERE}/approve",
    method="POST",
    needs="apps:write",
    gives="Approved",
    refuses=(Conflict, QuotaReached, RunsReached, BudgetReached),
)
def approve(call: Call, discovery_id: UUID, body: Approval) -> dict[str, Any]:
    """Make an app of it, and start its first generation. Safe to repeat: the same app, the same generation."""
    from chalicelib.generation import from_discovery, lifecycle
    from chalicelib.generation.budget import wanted

    here, wires = call.principal.tenant_id, call.wires
    if body.start:
        call.principal.require("generations:start")
    app = from_discovery.approve(
        here,
        discovery_id,
        version=body.version,
        anyway=body.anyway,
        by=call.principal.actor,
        discoveries=wires.discoveries,
        background=wires.background,
        imports=wires.imports,
        files=wires.artifacts,
        apps=wires.apps,
    )
    if not body.start:
        return {"app": app, "generation": None}
    generation = lifecycle.start(
        here,
        app.id,
        idempotency_key=f"discovery:{discovery_id}",
        by=call.principal.actor,
        engine=wires.settings.engine,
        apps=wires.apps,
        generations=wires.generations,
        artifacts=wires.artifacts,
        machine=wires.machine,
        budget=wanted(
            wires.settings,
            body.budget_microdollars,
            brings_key=lambda: wires.model_keys.about(here) is not None,
        ),
    )
    return {"app": app, "generation": generation}


def _settled(call: Call, discovery_id: UUID) -> Discovery:
    from chalicelib.discovery import conversation

    return conversation.read(
        call.principal.tenant_id,
        discovery_id,
        discoveries=call.wires.discoveries,
        background=call.wires.background,
    )


def _partial(call: Call, turn: Any) -> str:
    if turn.status != "running":
        return ""
    return call.wires.board.shown(str(turn.discovery_id), turn.number, turn.attempt)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > TURN_DIGITS_MAX:
        raise NotFound(f"There is no turn {text[:60]!r}.")
    return int(text)
