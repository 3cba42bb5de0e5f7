"""What one request costs in the door alone: our endpoint against bare Chalice.

In process, no network: a public route is called through `app(event, context)` like Lambda does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from chalice import Chalice

from bench.rows import Row, paired_medians

CALLS = 2_000


def measure() -> Iterable[Row]:
    os.environ.setdefault("FRAGUA_STAGE", "dev")
    os.environ.setdefault("FRAGUA_ARTIFACT_BUCKET", "none")
    os.environ.setdefault("FRAGUA_RUN_TABLE", "none")
    from chalicelib.http import endpoint, problems

    ours = Chalice("ours")
    routes = endpoint.Blueprint(__name__)
    endpoint.endpoint(routes, "/x", method="POST", needs=None)(
        lambda call: endpoint.reply(call.body())
    )
    ours.register_blueprint(routes)
    ours.register_middleware(problems.chalice_bodies_as_problems)
    bare = Chalice("bare")
    bare.route("/x", methods=["POST"])(lambda: bare.current_request.json_body)

    def run(app: Chalice) -> None:
        for _ in range(CALLS):
            app(_event(), None)

    a, b = paired_medians(lambda: run(ours), lambda: run(bare))
    yield Row(
        what="door per request (parse, answer, problems)",
        ours=a / CALLS * 1e6,
        unit="µs",
        peer="bare Chalice",
        theirs=b / CALLS * 1e6,
        target="≤ 50 µs beyond JWT and database",
    )


def _event() -> dict[str, object]:
    return {
        "requestContext": {"httpMethod": "POST", "resourcePath": "/x", "path": "/x"},
        "headers": {"content-type": "application/json"},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "isBase64Encoded": False,
        "body": '{"name": "x", "count": 1}',
    }
