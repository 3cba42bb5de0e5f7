"""What the deployment room needs from outside, named for the role and never for the product.

In: plans (plain data from `plan.py`). Out: identifiers. Callers: the use cases of this room; `adapters/` implements.
The surprise: every method here may be called twice with the same input and must leave the same world behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

NO_LONGER_NEEDED = "No longer needed"
"""Why we stop a task ourselves; its end is no news then."""


@dataclass(frozen=True)
class Manifest:
    """An image manifest exactly as the registry keeps it: its digest is the hash of `content`."""

    content: bytes
    media_type: str
    digest: str


@dataclass(frozen=True)
class Definition:
    """A registered task definition. `labels` are ours: which generation it is, which one it replaced."""

    arn: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    arn: str
    started_by: str


@dataclass(frozen=True)
class Service:
    arn: str
    definition: Definition
    """What the service runs, or is on its way to run."""
    is_resting: bool = False
    """Nothing of it runs; its definition, route and data stay."""


@dataclass(frozen=True)
class Answer:
    """What the app itself said when it was called. `status` 0: nobody answered."""

    status: int
    version: str = ""


class ImageRegistry(Protocol):
    def manifest(self, reference: str) -> Manifest | None:
        """By tag or digest; None when there is none."""

    def blob(self, digest: str) -> bytes:
        """Raises `NotFound`."""

    def upload(self, content: bytes) -> str:
        """Returns the digest; sends nothing when the registry has it already."""

    def put_manifest(self, manifest: Manifest, reference: str) -> None:
        """`reference` is a tag (moved if it exists) or the manifest's own digest."""

    def image_name(self, digest: str) -> str:
        """The name under which a container service pulls it: `host/repository@sha256:…`."""


class Images(Protocol):
    def remove(self, tags: Sequence[str]) -> None:
        """Those that are gone already are no error."""


class ContainerServices(Protocol):
    """One-off tasks and long-running services. Plans come in the cloud's own shape, from `plan.py`."""

    def register(self, definition: dict[str, Any]) -> Definition: ...

    def registered(self, family: str) -> list[Definition]:
        """The active ones, newest first."""

    def deregister(self, arn: str) -> None: ...

    def start_task(self, definition_arn: str, started_by: str) -> str:
        """Returns the task's ARN."""

    def running_tasks(self, family: str) -> list[Task]: ...

    def stop_task(self, arn: str) -> None: ...

    def service(self, name: str) -> Service | None: ...

    def create_service(self, service: dict[str, Any]) -> Service: ...

    def update_service(self, name: str, definition_arn: str) -> None: ...

    def rest(self, name: str) -> None:
        """Ends what runs of a service and keeps all else; one that is not there is no error. The same for `wake`."""

    def wake(self, name: str) -> None: ...

    def delete_service(self, name: str) -> None: ...


class Routes(Protocol):
    """How requests reach a service: its target group and its rule on the shared listener."""

    def open(self, target_group: dict[str, Any], rule: dict[str, Any]) -> str:
        """Returns the target group's ARN."""

    def close(self, target_group_name: str) -> None: ...


class DatabaseAddress(Protocol):
    """The two connection strings of one app database."""

    @property
    def owner_dsn(self) -> str: ...

    @property
    def app_dsn(self) -> str: ...


class AppDatabases(Protocol):
    def create(self, name: str) -> DatabaseAddress:
        """Makes what is missing. Passwords are new on every call, so keep the answer of the last one."""

    def drop(self, name: str) -> None:
        """The database and its roles, connections cut; nothing happens when there is none."""

    def exists(self, name: str) -> bool: ...


class Secrets(Protocol):
    def put(self, name: str, value: str) -> str:
        """Returns the reference (ARN) that a task definition names."""

    def reference(self, name: str) -> str | None:
        """None when there is no such secret."""

    def value(self, secret_id: str) -> str:
        """By name or ARN, remembered for the life of the process; raises `NotFound`."""

    def read(self, name: str) -> str | None:
        """As it is now, never remembered; None when there is no such secret."""

    def take(self, name: str) -> str | None:
        """Reads and removes; of any number of callers one gets the value, the others None."""

    def delete(self, name: str) -> None: ...


class AppProbe(Protocol):
    def ask(self, url: str) -> Answer:
        """Calls the app's health route once; never raises for what the app does or does not do."""
