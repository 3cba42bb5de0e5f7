"""`/v1/openapi.json` and `/v1/docs`: what the API is, for programs and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint, reply

if TYPE_CHECKING:
    from chalicelib.http.schemas.reference import DocsQuery

routes = Blueprint(__name__)

CACHED_S = 300


@endpoint(routes, "/v1/openapi.json", method="GET", needs=None, cacheable_s=CACHED_S)
def show_document(call: Call) -> Response:
    """This API as an OpenAPI 3.1 document."""
    from chalicelib.http.openapi import document

    return reply(document(call.wires.settings.public_url))


@endpoint(
    routes,
    "/v1/docs",
    method="GET",
    needs=None,
    media_type="text/html; charset=utf-8",
    cacheable_s=CACHED_S,
)
def show_docs(call: Call, query: DocsQuery) -> Response:
    """This API as a page to read, in English or Spanish."""
    from chalicelib.http.docs_page import docs

    shown = docs(call.wires.settings.public_url, query.lang or call.language)
    return Response(body=shown.html, headers={**shown.headers})
