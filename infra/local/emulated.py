"""The few calls the container host makes to the emulated AWS: ECS, secrets, listener rules.

In: identifiers. Out: plain dictionaries in AWS's own shape. Callers: `container_host`. The surprise: no SDK, because the
host asks four times a second for as long as the laptop is on, and boto3 alone would double its memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import aiohttp

from infra.local.place import REGION

ECS = "AmazonEC2ContainerServiceV20141113"
SECRETS = "secretsmanager"
ELB = "{http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/}"


class AwsFault(Exception):
    """The emulator is away or refused."""


class EmulatedAws:
    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def services(self, cluster: str) -> list[dict[str, Any]]:
        arns = (await self._json(ECS, "ListServices", cluster=cluster, maxResults=100))[
            "serviceArns"
        ]
        found: list[dict[str, Any]] = []
        for start in range(0, len(arns), 10):
            some = arns[start : start + 10]
            reply = await self._json(ECS, "DescribeServices", cluster=cluster, services=some)
            found += reply["services"]
        return [each for each in found if each["status"] == "ACTIVE"]

    async def one_off_tasks(self, cluster: str) -> list[dict[str, Any]]:
        """Running tasks that belong to no service."""
        arns = (await self._json(ECS, "ListTasks", cluster=cluster))["taskArns"]
        if not arns:
            return []
        found = (await self._json(ECS, "DescribeTasks", cluster=cluster, tasks=arns))["tasks"]
        return [
            each
            for each in found
            if each["lastStatus"] == "RUNNING" and not each["group"].startswith("service:")
        ]

    async def task_definition(self, arn: str) -> dict[str, Any]:
        reply = await self._json(ECS, "DescribeTaskDefinition", taskDefinition=arn)
        definition: dict[str, Any] = reply["taskDefinition"]
        return definition

    async def stop_task(self, cluster: str, arn: str, reason: str) -> None:
        await self._json(ECS, "StopTask", cluster=cluster, task=arn, reason=reason[:255])

    async def invoke(self, function: str, event: Mapping[str, Any]) -> None:
        """Does not wait for the answer."""
        headers = {"X-Amz-Invocation-Type": "Event", **signature("lambda")}
        path = f"/2015-03-31/functions/{function}/invocations"
        await self._post(json.dumps(event), headers, path=path, expected=202)

    async def secret(self, reference: str) -> str:
        reply = await self._json(SECRETS, "GetSecretValue", SecretId=reference)
        return str(reply["SecretString"])

    async def rule_priority(self, listener: str, target_group: str) -> int | None:
        """Of the listener's rule that sends requests to this target group; it is the app's number."""
        text = await self._query("DescribeRules", ListenerArn=listener)
        for rule in ElementTree.fromstring(text).iter(f"{ELB}member"):
            priority = rule.findtext(f"{ELB}Priority")
            groups = [each.text for each in rule.iter(f"{ELB}TargetGroupArn")]
            if priority and priority.isdigit() and target_group in groups:
                return int(priority)
        return None

    async def _json(self, service: str, action: str, **facts: Any) -> dict[str, Any]:
        headers = {
            "X-Amz-Target": f"{service}.{action}",
            "Content-Type": "application/x-amz-json-1.1",
            **signature("ecs" if service == ECS else service),
        }
        reply: dict[str, Any] = json.loads(await self._post(json.dumps(facts), headers))
        return reply

    async def _query(self, action: str, **facts: str) -> str:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            **signature("elasticloadbalancing"),
        }
        form = urlencode({"Action": action, "Version": "2015-12-01", **facts})
        return await self._post(form, headers)

    async def _post(
        self, body: str, headers: dict[str, str], *, path: str = "", expected: int = 200
    ) -> str:
        try:
            address = self._url + path
            async with self._session.post(address, data=body, headers=headers) as reply:
                text = await reply.text()
                if reply.status != expected:
                    raise AwsFault(f"{reply.status}: {text[:200]}")
                return text
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise AwsFault(repr(fault)) from fault


def signature(service: str) -> dict[str, str]:
    """The emulator reads the region and service out of it and checks nothing."""
    scope = f"test/20200101/{REGION}/{service}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    }
