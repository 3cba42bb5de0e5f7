"""`/v1/apps`: what an organization has built or is about to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint, Response

from chalicelib.http.endpoint import Call, endpoint, only, reply

if TYPE_CHECKING:
    from chalicelib.generation.records import App
    from chalicelib.mvs.spec import Mvs

routes = Blueprint(__name__)


@endpoint(routes, "/v1/apps", method="POST", needs="apps:write")
def create(call: Call) -> Response:
    mvs = _mvs(call)
    app = call.wires.apps.create(
        call.principal.tenant_id,
        name=mvs.name,
        locale=mvs.locales[0],
        mvs=_as_data(mvs),
        by=call.principal.actor,
    )
    return reply(shown(app), status=201, location=f"/v1/apps/{app.id}")


@endpoint(routes, "/v1/apps", method="GET", needs="apps:read")
def list_apps(call: Call) -> Response:
    page = call.wires.apps.page(call.principal.tenant_id, **call.page)
    return reply({"items": [shown(app) for app in page.items], "next_cursor": page.next_cursor})


@endpoint(routes, "/v1/apps/{app_id}", method="GET", needs="apps:read")
def read(call: Call, app_id: UUID) -> Response:
    return reply(shown(call.wires.apps.read(call.principal.tenant_id, app_id)))


@endpoint(routes, "/v1/apps/{app_id}/mvs", method="GET", needs="apps:read")
def read_its_mvs(call: Call, app_id: UUID) -> Response:
    return reply(call.wires.apps.mvs(call.principal.tenant_id, app_id))


@endpoint(routes, "/v1/apps/{app_id}/mvs", method="PUT", needs="apps:write")
def replace_its_mvs(call: Call, app_id: UUID) -> Response:
    """What the next generation starts from; the running version is not touched."""
    app = call.wires.apps.update_mvs(
        call.principal.tenant_id,
        app_id,
        mvs=_as_data(_mvs(call)),
        by=call.principal.actor,
    )
    return reply(shown(app))


def shown(app: App) -> dict[str, Any]:
    fields = dataclasses.asdict(app)
    return {name: fields[name] for name in fields if name not in ("tenant_id", "number")}


def _mvs(call: Call) -> Mvs:
    from chalicelib.mvs.reading import read_mvs

    body = call.body()
    only(body, "mvs")
    return read_mvs(body.get("mvs"), language=call.language)


def _as_data(mvs: Mvs) -> dict[str, Any]:
    """Without defaults: an attribute that does not apply to a type is a fault when it stands there."""
    return mvs.model_dump(mode="json", exclude_defaults=True)
