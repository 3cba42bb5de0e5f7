"""`/v1/mvs` and `/v1/schemas`: what an MVS may say, and whether this one says it well. Nothing is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.errors import InvalidMvs
from chalicelib.http.apps import MVS_BODY_BYTES_MAX
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint, reply

if TYPE_CHECKING:
    from chalicelib.http.schemas.mvs import MvsSent

routes = Blueprint(__name__)


@endpoint(routes, "/v1/schemas/mvs", method="GET", needs=None)
def show_schema(call: Call) -> Response:
    """The JSON Schema of an MVS."""
    from chalicelib.mvs.schema import mvs_schema

    return reply(mvs_schema())


@endpoint(
    routes,
    "/v1/mvs/validate",
    method="POST",
    needs="apps:read",
    gives="Verdict",
    body_bytes_max=MVS_BODY_BYTES_MAX,
)
def validate(call: Call, body: MvsSent) -> dict[str, Any]:
    """Whether an MVS holds, and how complete it is. Always 200 for a readable body: the faults are the answer."""
    from chalicelib.mvs.completeness import completeness
    from chalicelib.mvs.reading import read_mvs

    try:
        mvs = read_mvs(body.mvs, language=call.language)
    except InvalidMvs as error:
        return {"valid": False, "completeness": None, **error.facts}
    return {"valid": True, "completeness": completeness(mvs, call.language)}
