"""The fork server: Lambda workers start in milliseconds instead of a second, and share their imports' memory.

In: a connection on a Unix socket with a worker's environment, folder and output (sent by `bootstrap`). Out: a forked child that
runs AWS's own runtime client (`awslambdaric`) on the handler. Callers: the emulator, through the code zip's `bootstrap`.
The surprise: the connection is the life line. When the emulator ends its `bootstrap`, the connection closes and the
child ends; when the child ends, `bootstrap` sees the end of the connection and ends too.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

# What most Lambdas import. Only packages, never our own code: that comes fresh from each worker's own folder. Not
# awslambdaric: its native part reads the address of its runtime when it is loaded.
PRELOADED = (
    "boto3",
    "boto3.s3.transfer",
    "botocore.httpsession",
    "chalice",
    "aws_lambda_powertools",
    "jinja2",
    "jmespath",
    "psycopg",
    "psycopg_pool",
    "pydantic",
    "pynamodb.models",
    "yaml",
)
SERVICES = ("dynamodb", "ecs", "elbv2", "s3", "secretsmanager", "stepfunctions")
REQUEST_BYTES_MAX = 1 << 20


def main(path: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Path(path).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(path)
        os.chmod(path, 0o600)
        door.listen(64)
        preload()
        while True:
            connection, _ = door.accept()
            if os.fork() == 0:
                door.close()
                serve(connection)
            connection.close()


def preload() -> None:
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    load_service_models()
    gc.collect()
    gc.freeze()


def load_service_models() -> None:
    """What `boto3.client(…)` reads first: megabytes of JSON for each service, here once for all workers."""
    import boto3

    boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION
    loader = boto3.DEFAULT_SESSION._session.get_component("data_loader")
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        loader.load_data(name)
    for service in SERVICES:
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")


def serve(connection: socket.socket) -> None:
    """Becomes one worker; never returns."""
    try:
        request, outputs = receive(connection)
        for number, target in zip(outputs, (1, 2), strict=True):
            os.dup2(number, target)
            os.close(number)
        become_worker(connection, request["environment"], request["folder"])
        work(request["handler"], request["environment"]["AWS_LAMBDA_RUNTIME_API"])
    except BaseException as fault:
        sys.stderr.write(f"worker ended: {fault!r}\n")
    finally:
        sys.stdout.flush()
        os._exit(1)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """One JSON line, with two open files attached to its first bytes."""
    numbers = array.array("i")
    data = b""
    while not data.endswith(b"\n"):
        chunk, extras, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(2 * numbers.itemsize))
        if not chunk or len(data) > REQUEST_BYTES_MAX:
            raise ConnectionError("no complete request")
        for level, kind, payload in extras:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers.frombytes(payload[: 2 * numbers.itemsize])
        data += chunk
    request: dict[str, Any] = json.loads(data)
    return request, list(numbers)


def become_worker(connection: socket.socket, environment: dict[str, str], folder: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ours = os.environ.get("PYTHONPATH")
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[:] = [folder, *(entry for entry in sys.path if entry not in (ours, ""))]
    importlib.invalidate_caches()
    threading.Thread(target=end_with, args=(connection,), daemon=True).start()


def end_with(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.recv(1)
    os._exit(0)


def work(handler: str, address: str) -> None:
    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    class Client(LambdaRuntimeClient):  # type: ignore[misc]
        """Ends each invocation's log with a line, as AWS does; the emulator waits 50 ms for one otherwise."""

        def post_invocation_result(self, invoke_id: str, *rest: object, **named: object) -> None:
            print(f"END RequestId: {invoke_id}", flush=True)
            super().post_invocation_result(invoke_id, *rest, **named)

        def post_invocation_error(self, invoke_id: str, *rest: object, **named: object) -> None:
            print(f"END RequestId: {invoke_id}", flush=True)
            super().post_invocation_error(invoke_id, *rest, **named)

    bootstrap.run(handler, Client(address, False))


if __name__ == "__main__":
    main(sys.argv[1])
