"""`/v1/mvs` and `/v1/schemas`: what an MVS may say, and whether this one says it well. Nothing is kept."""

from __future__ import annotations

import dataclasses

from chalice.app import Blueprint, Response

from chalicelib.errors import InvalidMvs
from chalicelib.http.endpoint import Call, endpoint, only, reply

routes = Blueprint(__name__)


@endpoint(routes, "/v1/schemas/mvs", method="GET", needs=None)
def show_schema(call: Call) -> Response:
    from chalicelib.mvs.schema import mvs_schema

    return reply(mvs_schema())


@endpoint(routes, "/v1/mvs/validate", method="POST", needs="apps:read")
def validate(call: Call) -> Response:
    """Always 200 for a readable body: the faults are the answer."""
    from chalicelib.mvs.completeness import completeness
    from chalicelib.mvs.reading import read_mvs

    body = call.body()
    only(body, "mvs")
    try:
        mvs = read_mvs(body.get("mvs"), language=call.language)
    except InvalidMvs as error:
        return reply({"valid": False, "completeness": None, **error.facts})
    score = dataclasses.asdict(completeness(mvs, call.language))
    return reply({"valid": True, "errors": [], "completeness": score})
