"""Wires: one attribute per port, made when first asked for, so that a Lambda loads only what it uses.

In: `Settings`. Out: the adapters behind the rooms' ports. Callers: doors and tests, nobody else.
The surprise: SDKs are imported inside these functions on purpose; importing this module imports no SDK.
"""

from __future__ import annotations

from functools import cache, cached_property

from chalicelib.deployment.ports import (
    AppProbe,
    ContainerServices,
    ImageRegistry,
    Routes,
    Secrets,
)
from chalicelib.settings import Settings, read_settings


class Wires:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    # ---- deployment ----

    @cached_property
    def image_registry(self) -> ImageRegistry:
        from chalicelib.adapters.image_registry import image_registry

        return image_registry(self.settings)

    @cached_property
    def containers(self) -> ContainerServices:
        from chalicelib.adapters.aws import client
        from chalicelib.adapters.container_services import EcsServices
        from chalicelib.deployment.plan import network

        ecs = client(self.settings, "ecs")
        return EcsServices(ecs, self.settings.cluster, network(self.settings))

    @cached_property
    def routes(self) -> Routes:
        from chalicelib.adapters.aws import client
        from chalicelib.adapters.load_balancer import HostRoutes

        return HostRoutes(client(self.settings, "elbv2"), self.settings.listener_arn)

    @cached_property
    def secrets(self) -> Secrets:
        from chalicelib.adapters.aws import client
        from chalicelib.adapters.secrets import SecretsManager

        return SecretsManager(client(self.settings, "secretsmanager"))

    @cached_property
    def app_probe(self) -> AppProbe:
        from chalicelib.adapters.app_probe import HttpAppProbe

        return HttpAppProbe()


@cache
def wires() -> Wires:
    """The process's wires; settings faults surface here, at the first use."""
    return Wires(read_settings())
