"""All that differs on a laptop from the template that goes to AWS. Nothing else may; a test compares the two.

In: the packaged template. Out: the same with these few changes. Callers: `deploy`, tests. Each override says where, what
and why; `EVERY_FUNCTION` stands for each Lambda function's logical id.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infra.local.place import Place

EVERY_FUNCTION = "*"
MAIL_FROM = "fragua@localhost"
FUNCTION_DEFAULTS = ("Globals", "Function")
VARIABLES = (*FUNCTION_DEFAULTS, "Environment", "Variables")


@dataclass(frozen=True)
class Override:
    """`value` None takes the setting away."""

    where: tuple[str, ...]
    value: Any
    why: str


def overrides(place: Place, code: dict[str, str]) -> list[Override]:
    function = ("Resources", EVERY_FUNCTION, "Properties")
    return [
        Override(
            (*function, "Runtime"),
            "provided.al2023",
            "the emulator's own Python runtime loses exception names; AWS's runtime client, started by `bootstrap`, keeps them",
        ),
        Override(
            (*function, "CodeUri"),
            code,
            "only our own code: packages come from the virtual environment",
        ),
        Override((*function, "VpcConfig"), None, "there is no network to be in"),
        Override(
            (*VARIABLES, "FRAGUA_AWS_ENDPOINT_URL"),
            place.emulator_url,
            "every client talks to the emulator",
        ),
        Override(
            (*VARIABLES, "FRAGUA_REGISTRY_URL"),
            place.emulator_url,
            "the emulator's registry speaks plain HTTP",
        ),
        Override(
            (*VARIABLES, "FRAGUA_APP_URL_TEMPLATE"),
            place.app_url_template,
            "a laptop has no wildcard domain: each app has its own port",
        ),
        Override(
            (*VARIABLES, "FRAGUA_APP_PORT_BASE"),
            str(place.app_port_base),
            "where those ports begin",
        ),
        Override(
            (*VARIABLES, "FRAGUA_GENERATION_PARALLEL_MAX"),
            str(os.cpu_count() or 1),
            "workers are processes here: more of them than cores only wait for each other's cold starts",
        ),
    ]


def parameters(vpc: str, cidr: str, subnets: Iterable[str], *, public_url: str) -> dict[str, str]:
    """What a deployment chooses anyway, here too."""
    joined = ",".join(subnets)
    return {
        "Stage": "dev",
        "AppDomain": "localhost",
        "PublicUrl": public_url,
        "MailFrom": MAIL_FROM,
        "VpcId": vpc,
        "VpcCidr": cidr,
        "PublicSubnetIds": joined,
        "PrivateSubnetIds": joined,
    }


def localized(template: dict[str, Any], changes: Iterable[Override]) -> dict[str, Any]:
    """A copy of the template with the overrides applied."""
    local = copy.deepcopy(template)
    for change in changes:
        for where in places(local, change.where):
            put(local, where, change.value)
    return local


def places(template: dict[str, Any], where: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if EVERY_FUNCTION not in where:
        yield where
        return
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            yield tuple(name if step == EVERY_FUNCTION else step for step in where)


def put(template: dict[str, Any], where: tuple[str, ...], value: Any) -> None:
    *steps, last = where
    node = template
    for step in steps:
        node = node.setdefault(step, {})
    if value is None:
        node.pop(last, None)
    else:
        node[last] = value
