"""`/v1/blueprints` and `/v1/industry-overlays`: what to start from. The platform's own entries, and the organization's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.errors import InvalidMvs
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.http.schemas.catalogue import LocaleQuery, StartQuery

routes = Blueprint(__name__)


@endpoint(routes, "/v1/blueprints", method="GET", needs="discoveries:read", gives="BlueprintList")
def list_blueprints(call: Call, query: LocaleQuery) -> dict[str, Any]:
    """Kinds of business to start from."""
    from chalicelib.catalog.telling import blueprint_told

    locale = query.locale or call.language
    found = call.wires.catalogue.blueprints(call.principal.tenant_id)
    return {"items": [blueprint_told(one, locale) for one in found]}


@endpoint(
    routes,
    "/v1/blueprints/{key}",
    method="GET",
    needs="discoveries:read",
    gives="BlueprintDetail",
    refuses=(InvalidMvs,),
)
def read_a_blueprint(call: Call, key: str, query: StartQuery) -> dict[str, Any]:
    """One kind of business, with the MVS it starts from. `industry` lays an overlay over it."""
    from chalicelib.catalog.blueprints import starting_mvs
    from chalicelib.catalog.telling import blueprint_told

    locale, tenant_id = query.locale or call.language, call.principal.tenant_id
    catalogue = call.wires.catalogue
    blueprint = catalogue.blueprint(tenant_id, key)
    overlay = catalogue.overlay(tenant_id, query.industry) if query.industry else None
    mvs = starting_mvs(blueprint, overlay, locale, query.name)
    return blueprint_told(blueprint, locale) | {"mvs": mvs}


@endpoint(
    routes, "/v1/industry-overlays", method="GET", needs="discoveries:read", gives="OverlayList"
)
def list_overlays(call: Call, query: LocaleQuery) -> dict[str, Any]:
    """Industries: what each adds to a blueprint and changes in it."""
    from chalicelib.catalog.telling import overlay_told

    locale = query.locale or call.language
    found = call.wires.catalogue.overlays(call.principal.tenant_id)
    return {"items": [overlay_told(one, locale) for one in found]}
