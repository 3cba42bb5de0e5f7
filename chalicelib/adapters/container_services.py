"""ECS: task definitions, one-off tasks and services, in one cluster.

In: plans in ECS's own shape. Out: ARNs and labels. Callers: `deployment/`, through `ContainerServices`.
The surprise: a status is never read to learn whether an app works; emulators and roll-outs say RUNNING long before that.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import is_code, speaking_to
from chalicelib.deployment.ports import NO_LONGER_NEEDED, Definition, Service, Task
from chalicelib.errors import CloudBusy

NEWEST = 10
"""How many revisions are looked at; older ones are history."""
GONE = ("ServiceNotFoundException", "ServiceNotActiveException")


class EcsServices:
    """`network` is where one-off tasks run; services carry theirs in their plan."""

    def __init__(self, client: Any, cluster: str, network: dict[str, Any]) -> None:
        self._ecs = client
        self._cluster = cluster
        self._network = network

    def register(self, definition: dict[str, Any]) -> Definition:
        with speaking_to("ECS"):
            answer = self._ecs.register_task_definition(**definition)
        return _definition(answer["taskDefinition"])

    def registered(self, family: str) -> list[Definition]:
        with speaking_to("ECS"):
            arns = self._ecs.list_task_definitions(
                familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=NEWEST
            )["taskDefinitionArns"]
            # The laptop's ECS takes the family for a prefix, AWS's for the whole name.
            return [self._described(arn) for arn in arns if f"/{family}:" in arn]

    def deregister(self, arn: str) -> None:
        with speaking_to("ECS"):
            self._ecs.deregister_task_definition(taskDefinition=arn)

    def start_task(self, definition_arn: str, started_by: str) -> str:
        """The client token makes a repeated request for one definition start one task."""
        token = sha256(f"{definition_arn}{started_by}".encode()).hexdigest()
        with speaking_to("ECS"):
            answer = self._ecs.run_task(
                cluster=self._cluster,
                taskDefinition=definition_arn,
                startedBy=started_by,
                clientToken=token,
                launchType="FARGATE",
                networkConfiguration=self._network,
            )
        if not answer["tasks"]:
            reasons = ", ".join(failure.get("reason", "?") for failure in answer["failures"])
            raise CloudBusy(f"no room for a task: {reasons}")
        return str(answer["tasks"][0]["taskArn"])

    def running_tasks(self, family: str) -> list[Task]:
        with speaking_to("ECS"):
            arns = self._ecs.list_tasks(
                cluster=self._cluster, family=family, desiredStatus="RUNNING"
            )["taskArns"]
            if not arns:
                return []
            tasks = self._ecs.describe_tasks(cluster=self._cluster, tasks=arns)["tasks"]
        return [Task(task["taskArn"], task.get("startedBy", "")) for task in tasks]

    def stop_task(self, arn: str) -> None:
        with speaking_to("ECS"):
            try:
                self._ecs.stop_task(cluster=self._cluster, task=arn, reason=NO_LONGER_NEEDED)
            except ClientError as error:
                if not is_code(error, "InvalidParameterException"):
                    raise

    def service(self, name: str) -> Service | None:
        with speaking_to("ECS"):
            found = self._ecs.describe_services(cluster=self._cluster, services=[name])["services"]
            if not found or found[0]["status"] != "ACTIVE":
                return None
            definition = self._described(found[0]["taskDefinition"])
        return Service(found[0]["serviceArn"], definition, found[0]["desiredCount"] == 0)

    def create_service(self, service: dict[str, Any]) -> Service:
        with speaking_to("ECS"):
            try:
                made = self._ecs.create_service(cluster=self._cluster, **service)["service"]
            except ClientError as error:
                if "Draining" in str(error):
                    raise CloudBusy("the service's predecessor is still draining") from error
                raise
            return Service(made["serviceArn"], self._described(made["taskDefinition"]))

    def update_service(self, name: str, definition_arn: str) -> None:
        with speaking_to("ECS"):
            self._ecs.update_service(
                cluster=self._cluster, service=name, taskDefinition=definition_arn
            )

    def rest(self, name: str) -> None:
        self._count(name, 0)

    def wake(self, name: str) -> None:
        self._count(name, 1)

    def delete_service(self, name: str) -> None:
        """With its tasks."""
        with speaking_to("ECS"):
            try:
                self._ecs.delete_service(cluster=self._cluster, service=name, force=True)
            except ClientError as error:
                if not is_code(error, *GONE):
                    raise

    def _count(self, name: str, count: int) -> None:
        with speaking_to("ECS"):
            try:
                self._ecs.update_service(cluster=self._cluster, service=name, desiredCount=count)
            except ClientError as error:
                if not is_code(error, *GONE):
                    raise

    def _described(self, arn: str) -> Definition:
        answer = self._ecs.describe_task_definition(taskDefinition=arn)
        return _definition(answer["taskDefinition"])


def _definition(described: dict[str, Any]) -> Definition:
    labels = described["containerDefinitions"][0].get("dockerLabels", {})
    return Definition(str(described["taskDefinitionArn"]), dict(labels))
