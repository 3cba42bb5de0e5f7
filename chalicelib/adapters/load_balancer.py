"""The shared load balancer: an app's target group and its host rule on the one listener.

In: plans in the load balancer's own shape. Out: the target group's ARN. Callers: `deployment/`, through `Routes`.
The surprise: making a target group twice is fine, making a rule twice is not, so rules are looked for first.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import is_code, speaking_to
from chalicelib.errors import CloudBusy

SERVICE = "the load balancer"


class HostRoutes:
    def __init__(self, client: Any, listener_arn: str) -> None:
        self._elb = client
        self._listener_arn = listener_arn

    def open(self, target_group: dict[str, Any], rule: dict[str, Any]) -> str:
        with speaking_to(SERVICE):
            found = self._target_group(target_group["Name"])
            arn = found or self._create_target_group(target_group)
            if not self._rules(arn):
                action = {"Type": "forward", "TargetGroupArn": arn}
                self._elb.create_rule(**rule, Actions=[action])
        return arn

    def close(self, target_group_name: str) -> None:
        """Rules first: a target group in use can't be deleted."""
        with speaking_to(SERVICE):
            arn = self._target_group(target_group_name)
            if arn is None:
                return
            for rule in self._rules(arn):
                self._elb.delete_rule(RuleArn=rule)
            try:
                self._elb.delete_target_group(TargetGroupArn=arn)
            except ClientError as error:
                if is_code(error, "ResourceInUse"):
                    raise CloudBusy("the target group is still in use") from error
                raise

    def _target_group(self, name: str) -> str | None:
        try:
            found = self._elb.describe_target_groups(Names=[name])["TargetGroups"]
        except ClientError as error:
            if is_code(error, "TargetGroupNotFound"):
                return None
            raise
        return str(found[0]["TargetGroupArn"]) if found else None

    def _create_target_group(self, plan: dict[str, Any]) -> str:
        return str(self._elb.create_target_group(**plan)["TargetGroups"][0]["TargetGroupArn"])

    def _rules(self, target_group_arn: str) -> list[str]:
        pages = self._elb.get_paginator("describe_rules").paginate(ListenerArn=self._listener_arn)
        return [
            str(rule["RuleArn"])
            for page in pages
            for rule in page["Rules"]
            if any(action.get("TargetGroupArn") == target_group_arn for action in rule["Actions"])
        ]
