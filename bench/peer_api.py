"""Puts a plain handler beside ours on the local AWS: the same gateway, the same runtime, the same packages.

In: a `Place`, a secret. Out: where it answers, for as long as the context lasts. Callers: `bench/billing.py`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import plain_webhook
from infra.local.deploy import BOOTSTRAP, Clients, add
from infra.local.place import ACCOUNT, PROJECT, REGION, Place, python

NAME = "bench-plain-webhook"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{ARN}/invocations"


@contextmanager
def plain_handler(place: Place, secret: str) -> Iterator[str]:
    clients = Clients(place)
    functions = getattr(clients, "lambda")
    functions.create_function(
        FunctionName=NAME,
        Runtime="provided.al2023",
        Role=f"arn:aws:iam::{ACCOUNT}:role/bench",
        Handler="plain_webhook.handler",
        Code={"ZipFile": code()},
        Environment={"Variables": {"SECRET": secret}},
        MemorySize=512,
        Timeout=30,
    )
    api = clients.apigateway.create_rest_api(name=NAME)["id"]
    try:
        (root,) = clients.apigateway.get_resources(restApiId=api)["items"]
        made = clients.apigateway.create_resource(
            restApiId=api, parentId=root["id"], pathPart="plain"
        )
        where = {"restApiId": api, "resourceId": made["id"], "httpMethod": "POST"}
        clients.apigateway.put_method(**where, authorizationType="NONE")
        clients.apigateway.put_integration(
            **where, type="AWS_PROXY", integrationHttpMethod="POST", uri=URI
        )
        clients.apigateway.create_deployment(restApiId=api, stageName="api")
        yield f"/restapis/{api}/api/_user_request_/plain"
    finally:
        clients.apigateway.delete_rest_api(restApiId=api)
        functions.delete_function(FunctionName=NAME)


def code() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        bootstrap = (PROJECT / "infra/local/bootstrap.py").read_bytes()
        add(archive, "bootstrap", BOOTSTRAP.format(python=python()).encode(), mode=0o755)
        add(archive, "bootstrap.py", bootstrap)
        add(archive, "plain_webhook.py", Path(plain_webhook.__file__).read_bytes())
    return buffer.getvalue()
