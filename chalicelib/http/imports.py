"""`/v1/discoveries/…/imports`: spreadsheets given to a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint

from chalicelib.errors import Conflict
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.discovery.import_records import Import
    from chalicelib.http.schemas.imports import ImportWanted

routes = Blueprint(__name__)


@endpoint(
    routes,
    "/v1/discoveries/{discovery_id}/imports",
    method="POST",
    needs="discoveries:write",
    gives="ImportAnnounced",
    status=201,
    location="/v1/discoveries/{discovery_id}/imports/{id}",
    creates=True,
    refuses=(Conflict,),
)
def announce(call: Call, discovery_id: UUID, body: ImportWanted) -> dict[str, Any]:
    """Say that a spreadsheet comes. Put the file to `upload`; what is found in it becomes part of the MVS, its rows the new app's first data."""
    from chalicelib.discovery import imports
    from chalicelib.http.schemas.imports import announced

    known, url = imports.announce(
        call.principal.tenant_id,
        discovery_id,
        body.filename,
        by=call.principal.actor,
        discoveries=call.wires.discoveries,
        imports=call.wires.imports,
        files=call.wires.artifacts,
    )
    return announced(known, url, call.wires.settings.spreadsheet_bytes_max)


@endpoint(
    routes,
    "/v1/discoveries/{discovery_id}/imports",
    method="GET",
    needs="discoveries:read",
    gives="Imports",
)
def list_imports(call: Call, discovery_id: UUID) -> dict[str, Any]:
    """The spreadsheets of a conversation, as they stand now."""
    found = call.wires.imports.all(call.principal.tenant_id, discovery_id)
    return {"items": [_settled(call, known) for known in found]}


@endpoint(
    routes,
    "/v1/discoveries/{discovery_id}/imports/{import_id}",
    method="GET",
    needs="discoveries:read",
    gives="ImportShown",
)
def read(call: Call, discovery_id: UUID, import_id: UUID) -> Import:
    """One spreadsheet and what was found in it. Asking again and again while it is `waiting` is fine."""
    known = call.wires.imports.read(call.principal.tenant_id, discovery_id, import_id)
    return _settled(call, known)


def _settled(call: Call, known: Import) -> Import:
    from chalicelib.discovery.imports import settled

    return settled(
        known,
        discoveries=call.wires.discoveries,
        imports=call.wires.imports,
        files=call.wires.artifacts,
    )
