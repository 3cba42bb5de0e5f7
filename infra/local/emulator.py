"""The local AWS as a process of ours: started with its state under `.fragua/`, no Docker, bound to loopback.

In: a `Place`. Out: every AWS API at http://127.0.0.1:<port>. Callers: `stack`; run as a module it *is* the process.
The surprise: ministack writes its state only when it is asked to stop, so this process also writes what has changed every
few seconds; a killed emulator then loses seconds, not days.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from infra.local import daemons
from infra.local.no_browsers import no_browsers
from infra.local.no_tasks import no_tasks
from infra.local.place import PROJECT, REGION, Place, python, quiet_environment

NAME = "emulator"
WORKERS = "workers"
CHECKPOINT_EVERY_S = 3.0
# What a run or a deployment writes; the rest of the emulator's services we do not use.
CHECKPOINTED = (
    *(
        "alb",
        "apigateway",
        "apigateway_v1",
        "cloudformation",
        "cloudwatch",
        "dynamodb",
        "ec2",
        "ecr",
        "ecs",
        "eventbridge",
        "iam",
    ),
    *("lambda", "s3", "secretsmanager", "ses", "ses_v2", "sns", "sqs", "stepfunctions"),
)


def environment(place: Place) -> dict[str, str]:
    """Everything the emulator, and through it every Lambda worker, knows."""
    state = place.emulator_state
    return quiet_environment(
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(place.emulator_port),
        PERSIST_STATE="1",
        STATE_DIR=str(state / "state"),
        S3_PERSIST="1",
        S3_DATA_DIR=str(state / "s3"),
        TMPDIR=str(state / "tmp"),
        DOCKER_HOST=f"unix://{state}/no-docker.sock",
        MINISTACK_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_ENDPOINT_URL=place.emulator_url,
        AWS_EC2_METADATA_DISABLED="true",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        LAMBDA_WARM_TTL_SECONDS="60",
        LOG_LEVEL="WARNING",
        FRAGUA_FORK_SERVER=str(place.sockets / "workers"),
    )


def ensure(place: Place) -> bool:
    """Answers whether it had to start the emulator."""
    if daemons.running(place, NAME) and answers(place):
        return False
    daemons.stop(place, NAME, forget=False)
    daemons.require_free(place, "emulator_port", name=NAME)
    for folder in ("state", "s3", "tmp"):
        (place.emulator_state / folder).mkdir(parents=True, exist_ok=True)
    record = daemons.start(
        place, NAME, [python(), "-m", "infra.local.emulator"], environment=environment(place)
    )
    daemons.wait_until(
        lambda: answers(place),
        alive=lambda: daemons.process_of(record) is not None,
        within_s=60,
        what="The local AWS",
        log=place.logs / f"{NAME}.log",
    )
    return True


def ensure_workers(place: Place) -> bool:
    """They hold packages in memory: when those were installed anew, the workers go, and the emulator with its warm ones."""
    door = place.sockets / "workers"
    packages = hashlib.sha256((PROJECT / "requirements-dev.txt").read_bytes()).hexdigest()
    known = daemons.running(place, WORKERS)
    if known and known.fingerprint == packages and door.exists():
        return False
    if known:
        daemons.stop(place, NAME, forget=False)
    daemons.stop(place, WORKERS)
    door.unlink(missing_ok=True)
    command = [python(), "-m", "infra.local.workers", str(door)]
    daemons.start(place, WORKERS, command, environment=quiet_environment(), fingerprint=packages)
    return True


def answers(place: Place) -> bool:
    if not daemons.port_answers(place.emulator_port):
        return False
    try:
        with urllib.request.urlopen(f"{place.emulator_url}/_ministack/ready", timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def invoke(place: Place, function: str, event: dict[str, Any]) -> None:
    """Does not wait for the answer."""
    from infra.local.emulated import signature

    request = urllib.request.Request(
        f"{place.emulator_url}/2015-03-31/functions/{function}/invocations",
        data=json.dumps(event).encode(),
        headers={"X-Amz-Invocation-Type": "Event", **signature("lambda")},
    )
    with urllib.request.urlopen(request, timeout=10):
        pass


def stop(place: Place) -> bool:
    stopped = daemons.stop(place, NAME, patience_s=30)
    return daemons.stop(place, WORKERS) or stopped


def checkpoint_forever(app: Any, last: dict[str, str]) -> None:
    """Writes each service's state when it changed. A state that changes while it is copied is written next time."""
    while True:
        time.sleep(CHECKPOINT_EVERY_S)
        for service, state_of in app._build_persistence_save_dict().items():
            if service in CHECKPOINTED:
                checkpoint(app.save_all, service, state_of, last)


def checkpoint(
    save_all: Callable[..., None], service: str, state_of: Callable[[], Any], last: dict[str, str]
) -> None:
    try:
        state = state_of()
        mark = fingerprint(service, state)
    except RuntimeError:
        return
    if last.get(service) != mark:
        save_all({service: lambda: state})
        last[service] = mark


def fingerprint(service: str, state: Any) -> str:
    """Images are named by digest, so the registry's blobs need not be read to know whether they changed."""
    from ministack.core.persistence import _json_default

    if service == "ecr":
        state = {name: part for name, part in state.items() if not name.endswith("_blobs")}
    return str(hash(json.dumps(state, default=_json_default)))


def main() -> None:
    from ministack import app

    threading.Thread(target=checkpoint_forever, args=(app, {}), daemon=True).start()
    app.app = no_tasks(no_browsers(app.app))
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    main()
