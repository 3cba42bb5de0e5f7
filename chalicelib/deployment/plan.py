"""What to run, as data: task definitions, the service, its target group and its rule, in the cloud's own shapes.

In: settings, a run, an image by digest, references to secrets. Out: plain dictionaries. Callers: the use cases, which carry
them out through ports. The surprise: a container's `environment` never holds a credential, its `secrets` never a value;
and tasks have no role, so generated code gets no cloud credentials at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chalicelib.deployment import names
from chalicelib.deployment.image import GENERATION_LABEL
from chalicelib.generation.run import Run
from chalicelib.settings import Settings

Kind = Literal["service", "checks", "migrate", "hand_over"]

CONTAINER = "app"
PORT = 8000
USER = "10001:10001"
HEALTH_PATH = "/healthz"
HEALTH_COMMAND = (
    f"import urllib.request as u; u.urlopen('http://127.0.0.1:{PORT}{HEALTH_PATH}', timeout=3)"
)
PREVIOUS_LABEL = "fragua.previous"
IMAGE_LABEL = "fragua.image"

COMMANDS: dict[Kind, list[str]] = {
    "service": ["python", "-m", "serve"],
    "checks": ["python", "-m", "selfcheck.run"],
    "migrate": ["python", "manage.py", "migrate_app"],
    "hand_over": ["python", "manage.py", "hand_over"],
}
SIZES: dict[Kind, tuple[int, int]] = {
    "service": (256, 512),
    "checks": (1024, 2048),
    "migrate": (256, 512),
    "hand_over": (1024, 2048),
}
"""CPU units (1024 = one core) and MiB of memory."""


@dataclass(frozen=True)
class ReportTo:
    """Where a one-off task puts its report (a presigned address), and the word that proves it is that task's."""

    round: int
    url: str
    nonce: str


def one_off_definition(
    settings: Settings,
    run: Run,
    kind: Kind,
    image: str,
    *,
    report: ReportTo,
    secrets: Mapping[str, str],
    extra: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """`secrets`: variable → reference. `extra`: what only this kind needs."""
    told = {
        "REPORT_URL": report.url,
        "REPORT_NONCE": report.nonce,
        "GENERATION_ID": run.generation_id,
        "ROUND": str(report.round),
    }
    container = _container(
        settings, run, kind, image, extra={**told, **(extra or {})}, secrets=secrets
    )
    family = names.one_off_family(settings, kind, run, report.round)
    return _definition(settings, kind, family, container)


def service_definition(
    settings: Settings, run: Run, image: str, *, secrets: Mapping[str, str], previous: str
) -> dict[str, Any]:
    """`previous` is the definition this one replaces, kept with it: rolling back needs no other memory."""
    # gunicorn and uploads need somewhere to write; /dev/shm stays writable when the image is not.
    writable = {"TMPDIR": "/dev/shm"}  # noqa: S108
    container = _container(settings, run, "service", image, extra=writable, secrets=secrets)
    container |= {
        "readonlyRootFilesystem": True,
        "portMappings": [{"containerPort": PORT, "protocol": "tcp"}],
        "healthCheck": {
            "command": ["CMD", "python", "-c", HEALTH_COMMAND],
            "interval": 10,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 30,
        },
    }
    container["dockerLabels"] |= {PREVIOUS_LABEL: previous}
    return _definition(settings, "service", names.service_family(settings, run), container)


def service_plan(
    settings: Settings, run: Run, definition_arn: str, target_group_arn: str
) -> dict[str, Any]:
    """The old tasks keep serving until the new ones are healthy; if they never are, ECS goes back by itself."""
    return {
        "serviceName": names.service(run),
        "taskDefinition": definition_arn,
        "desiredCount": 1,
        "launchType": "FARGATE",
        "deploymentConfiguration": {
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
        "healthCheckGracePeriodSeconds": 60,
        "enableExecuteCommand": False,
        "networkConfiguration": network(settings),
        "loadBalancers": [
            {
                "targetGroupArn": target_group_arn,
                "containerName": CONTAINER,
                "containerPort": PORT,
            }
        ],
        "propagateTags": "SERVICE",
        "tags": [{"key": "app", "value": run.slug}],
    }


def target_group_plan(settings: Settings, run: Run) -> dict[str, Any]:
    return {
        "Name": names.target_group(settings, run),
        "Protocol": "HTTP",
        "Port": PORT,
        "VpcId": settings.vpc_id,
        "TargetType": "ip",
        "HealthCheckPath": HEALTH_PATH,
        "HealthCheckIntervalSeconds": 10,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 3,
        "Matcher": {"HttpCode": "200"},
    }


def rule_plan(settings: Settings, run: Run) -> dict[str, Any]:
    """Priorities must differ on one listener; the app's number does. What it forwards to is filled in later."""
    return {
        "ListenerArn": settings.listener_arn,
        "Priority": run.app_number,
        "Conditions": [
            {
                "Field": "host-header",
                "HostHeaderConfig": {"Values": [names.rule_host(settings, run)]},
            }
        ],
    }


def network(settings: Settings) -> dict[str, Any]:
    return {
        "awsvpcConfiguration": {
            "subnets": [subnet for subnet in settings.task_subnets.split(",") if subnet],
            "securityGroups": [group for group in (settings.task_security_group,) if group],
            "assignPublicIp": "DISABLED",
        }
    }


def _definition(
    settings: Settings, kind: Kind, family: str, container: dict[str, Any]
) -> dict[str, Any]:
    cpu, memory = SIZES[kind]
    return {
        "family": family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": str(cpu),
        "memory": str(memory),
        "executionRoleArn": settings.task_execution_role_arn,
        "containerDefinitions": [container],
    }


def _container(
    settings: Settings,
    run: Run,
    kind: Kind,
    image: str,
    *,
    extra: Mapping[str, str],
    secrets: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "image": image,
        "essential": True,
        "user": USER,
        "command": COMMANDS[kind],
        "environment": _pairs("value", {**_environment(settings, run), **extra}),
        "secrets": _pairs("valueFrom", secrets),
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": names.log_group(settings),
                "awslogs-region": settings.aws_region,
                "awslogs-stream-prefix": f"{run.slug}/{kind}",
            },
        },
        "dockerLabels": {GENERATION_LABEL: run.generation_id, IMAGE_LABEL: image},
    }


def _environment(settings: Settings, run: Run) -> dict[str, str]:
    return {
        "APP_URL": names.app_url(settings, run),
        "APP_VERSION": run.generation_id,
        "ALLOWED_HOSTS": ",".join((names.app_host(settings, run), names.rule_host(settings, run))),
        # On a laptop nothing in front adds X-Forwarded-For, so there the header is the caller's own word.
        "BEHIND_PROXY": "0" if settings.stage == "dev" else "1",
        "LANGUAGE_CODE": run.locale,
        "PORT": str(PORT),
    }


def _pairs(of: str, values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, of: value} for name, value in sorted(values.items())]
