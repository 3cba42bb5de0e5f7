"""Deploys the merged template to the emulator: made when absent, updated when changed, left alone when the same.

In: the project's tree. Out: `run/deployed.json` with a fingerprint of what went in and the stack's outputs.
Callers: `stack`. The surprise: boto3 is imported only when something changed, so that a warm `up` takes no time.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra import package
from infra.local.overrides import localized, overrides, parameters
from infra.local.place import PROJECT, REGION, STACK_NAME, CannotStart, Place, python

CODE_BUCKET = f"{STACK_NAME}-code"
CODE = ("app.py", "chalicelib", "vendor")
INPUTS = (
    *CODE,
    *("stepfunctions", ".chalice", "scaffolds/django/runtime"),
    *("infra/app.yaml", "infra/package.py", "infra/base_image.py"),
    *("infra/local/overrides.py", "infra/local/deploy.py", "infra/local/bootstrap.py"),
)
LEFT_OUT = {"__pycache__", "deployments", "deployed", "node_modules", ".pytest_cache"}
BOOTSTRAP = '#!/bin/sh\nexec "{python}" -SE "$(dirname "$0")/bootstrap.py"\n'
PATIENCE_S = 120


@dataclass(frozen=True)
class Deployed:
    fingerprint: str
    outputs: dict[str, str]


def deployed(place: Place) -> Deployed | None:
    try:
        return Deployed(**json.loads((place.run / "deployed.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def ensure(place: Place) -> str:
    """Answers `unchanged`, `created` or `updated`."""
    mark = fingerprint(place)
    last = deployed(place)
    if last and last.fingerprint == mark and api_exists(place, last.outputs["RestAPIId"]):
        return "unchanged"
    template = package.packaged(stage(), place.cache, with_requirements=False)
    clients = Clients(place)
    code = upload(clients, code_zip(), "zip")
    uri = {"Bucket": code["Bucket"], "Key": code["Key"]}
    verb = apply(clients, localized(template, overrides(place, uri)))
    record = Deployed(mark, outputs(clients))
    (place.run / "deployed.json").write_text(json.dumps(asdict(record)))
    return verb


def stage() -> str:
    """`dev` of .chalice/config.json."""
    return "dev"


def fingerprint(place: Place) -> str:
    """Path, size and time of every file that goes in, and where it goes."""
    digest = hashlib.sha256(f"{place}{python()}".encode())
    for path in sorted(input_files()):
        facts = path.stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def input_files() -> Iterator[Path]:
    for name in INPUTS:
        if (PROJECT / name).is_file():
            yield PROJECT / name
        for folder, folders, files in os.walk(PROJECT / name, followlinks=True):
            folders[:] = [each for each in folders if each not in LEFT_OUT]
            yield from (Path(folder) / file for file in files if not file.endswith(".pyc"))


def api_exists(place: Place, api: str) -> bool:
    try:
        with urllib.request.urlopen(f"{place.emulator_url}/restapis/{api}", timeout=10) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Clients:
    """boto3 clients of the emulator, made when first asked for."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def __getattr__(self, service: str) -> Any:
        import boto3

        client = boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.place.emulator_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        setattr(self, service, client)
        return client


def code_zip() -> bytes:
    """Our own code, byte for byte the same when the tree is the same. What is below vendor/ lies at the root, as Chalice does."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        add(archive, "bootstrap", BOOTSTRAP.format(python=python()).encode(), mode=0o755)
        add(archive, "bootstrap.py", Path(__file__).with_name("bootstrap.py").read_bytes())
        for name, path in sorted(code_files()):
            add(archive, name, path.read_bytes())
    return buffer.getvalue()


def add(archive: zipfile.ZipFile, name: str, content: bytes, *, mode: int = 0o644) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def code_files() -> Iterator[tuple[str, Path]]:
    for name in CODE:
        root = PROJECT / name
        if root.is_file():
            yield name, root
        for folder, folders, files in os.walk(root, followlinks=True):
            folders[:] = [each for each in folders if each not in LEFT_OUT]
            for file in files:
                path = Path(folder) / file
                inside = path.relative_to(root if name == "vendor" else PROJECT)
                if path.suffix != ".pyc":
                    yield inside.as_posix(), path


def upload(clients: Clients, content: bytes, suffix: str) -> dict[str, str]:
    key = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
    existing = [each["Name"] for each in clients.s3.list_buckets()["Buckets"]]
    if CODE_BUCKET not in existing:
        clients.s3.create_bucket(
            Bucket=CODE_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    clients.s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=content)
    url = f"{clients.place.emulator_url}/{CODE_BUCKET}/{key}"
    return {"Bucket": CODE_BUCKET, "Key": key, "url": url}


def apply(clients: Clients, template: dict[str, Any]) -> str:
    """Creates or updates the stack and waits. Raises `CannotStart` with each resource that failed and why."""
    status = stack_status(clients)
    if status in ("ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"):
        clients.cloudformation.delete_stack(StackName=STACK_NAME)
        settle(clients)
        status = ""
    request = {
        "StackName": STACK_NAME,
        "TemplateURL": upload(clients, json.dumps(template).encode(), "json")["url"],
        "Parameters": network_parameters(clients),
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    if status and status != "DELETE_COMPLETE":
        return ask(clients.cloudformation.update_stack, request, clients, "updated")
    return ask(clients.cloudformation.create_stack, request, clients, "created")


def ask(change: Any, request: dict[str, Any], clients: Clients, verb: str) -> str:
    from botocore.exceptions import ClientError

    try:
        change(**request)
    except ClientError as fault:
        if "No updates" in str(fault):
            return "unchanged"
        raise CannotStart(f"The emulator refused the template: {str(fault)[:600]}") from fault
    return finished(clients, verb)


def finished(clients: Clients, verb: str) -> str:
    status = settle(clients)
    if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return verb
    events = clients.cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    faults = [
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    raise CannotStart(f"The template could not be deployed ({status}):\n" + "\n".join(faults[:10]))


def settle(clients: Clients) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while (status := stack_status(clients)).endswith("_IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise CannotStart(f"The stack is still {status} after {PATIENCE_S} s.")
        time.sleep(0.1)
    return status


def stack_status(clients: Clients) -> str:
    from botocore.exceptions import ClientError

    try:
        stacks = clients.cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    except ClientError:
        return ""
    return str(stacks[0]["StackStatus"])


def network_parameters(clients: Clients) -> list[dict[str, str]]:
    vpc = clients.ec2.describe_vpcs()["Vpcs"][0]
    subnets = [each["SubnetId"] for each in clients.ec2.describe_subnets()["Subnets"]]
    chosen = parameters(vpc["VpcId"], vpc["CidrBlock"], subnets, public_url=clients.place.front_url)
    chosen |= clients.place.engine.parameters | dict(clients.place.parameters)
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in chosen.items()]


def outputs(clients: Clients) -> dict[str, str]:
    stacks = clients.cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stacks[0]["Outputs"]}
