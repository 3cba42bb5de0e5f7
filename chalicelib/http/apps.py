"""`/v1/apps`: what an organization has built or is about to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint, Response

from chalicelib.errors import InvalidMvs
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint, reply

if TYPE_CHECKING:
    from chalicelib.generation.records import App
    from chalicelib.http.schemas.apps import MvsSent, PageQuery
    from chalicelib.mvs.spec import Mvs
    from chalicelib.tenancy.pages import Page

routes = Blueprint(__name__)

MVS_BODY_BYTES_MAX = 256 * 1024


@endpoint(
    routes,
    "/v1/apps",
    method="POST",
    needs="apps:write",
    gives="AppShown",
    status=201,
    location="/v1/apps/{id}",
    creates=True,
    refuses=(InvalidMvs,),
    body_bytes_max=MVS_BODY_BYTES_MAX,
)
def create(call: Call, body: MvsSent) -> App:
    """Make an app from an MVS. Nothing runs yet: start a generation of it."""
    mvs = _read(call, body)
    return call.wires.apps.create(
        call.principal.tenant_id,
        name=mvs.name,
        locale=mvs.locales[0],
        mvs=_as_data(mvs),
        by=call.principal.actor,
    )


@endpoint(routes, "/v1/apps", method="GET", needs="apps:read", gives="AppPage")
def list_apps(call: Call, query: PageQuery) -> Page[App]:
    """Apps, the newest first."""
    return call.wires.apps.page(call.principal.tenant_id, **dict(query))


@endpoint(routes, "/v1/apps/{app_id}", method="GET", needs="apps:read", gives="AppShown")
def read(call: Call, app_id: UUID) -> App:
    """One app."""
    return call.wires.apps.read(call.principal.tenant_id, app_id)


@endpoint(routes, "/v1/apps/{app_id}/mvs", method="GET", needs="apps:read", gives="Mvs")
def read_its_mvs(call: Call, app_id: UUID) -> Response:
    """The MVS that the next generation starts from."""
    return reply(call.wires.apps.mvs(call.principal.tenant_id, app_id))


@endpoint(
    routes,
    "/v1/apps/{app_id}/mvs",
    method="PUT",
    needs="apps:write",
    gives="AppShown",
    refuses=(InvalidMvs,),
    body_bytes_max=MVS_BODY_BYTES_MAX,
)
def replace_its_mvs(call: Call, app_id: UUID, body: MvsSent) -> App:
    """Replace what the next generation starts from; the running version is not touched."""
    return call.wires.apps.update_mvs(
        call.principal.tenant_id,
        app_id,
        mvs=_as_data(_read(call, body)),
        by=call.principal.actor,
    )


def _read(call: Call, body: MvsSent) -> Mvs:
    from chalicelib.mvs.reading import read_mvs

    return read_mvs(body.mvs, language=call.language)


def _as_data(mvs: Mvs) -> dict[str, Any]:
    """Without defaults: an attribute that does not apply to a type is a fault when it stands there."""
    return mvs.model_dump(mode="json", exclude_defaults=True)
