"""The world outside the deployment room, in memory, as real code; it can be told to crash after any of its effects.

Every method that changes something reports to `World.happened`. A `Crash` is raised *after* the change, as when a Lambda
dies between an answer and the next line.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
from dataclasses import dataclass

from chalicelib.deployment.image import OCI_MANIFEST
from chalicelib.deployment.ports import Answer, Definition, Manifest, Service, Task
from chalicelib.errors import NotFound


class Crash(BaseException):
    """The process is gone. Not an `Exception`, so that nothing can catch it by accident."""


class World:
    def __init__(self):
        self.effects = []
        self.crash_after = None
        self.registry = Registry(self)
        self.images = Images(self)
        self.containers = Containers(self)
        self.routes = Routes(self)
        self.databases = Databases(self)
        self.secrets = Secrets(self)

    def happened(self, what):
        self.effects.append(what)
        if self.crash_after == len(self.effects):
            raise Crash(what)

    def state(self):
        """What would be seen from outside, without the random parts; definitions only as far as something runs them."""
        return {
            "manifests": {ref: m.digest for ref, m in sorted(self.registry.manifests.items())},
            "blobs": sorted(self.registry.blobs),
            "databases": sorted(self.databases.addresses),
            "secrets": sorted(self.secrets.values),
            "tasks": sorted(
                (self.containers.family_of(task.definition), task.started_by)
                for task in self.containers.tasks.values()
            ),
            "services": {
                name: self.containers.definitions[arn]["containerDefinitions"][0]["image"]
                for name, arn in self.containers.services.items()
            },
            "routes": sorted(self.routes.opened),
        }

    def active_families(self):
        return {self.containers.family_of(arn) for arn in self.containers.active}


def effect(method):
    @functools.wraps(method)
    def changed(self, *args, **kwargs):
        result = method(self, *args, **kwargs)
        self.world.happened(f"{type(self).__name__}.{method.__name__}")
        return result

    return changed


def digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Registry:
    def __init__(self, world):
        self.world = world
        self.blobs = {}
        self.manifests = {}
        self.uploads = 0

    def manifest(self, reference):
        return self.manifests.get(reference)

    def blob(self, digest):
        if digest not in self.blobs:
            raise NotFound(digest)
        return self.blobs[digest]

    def upload(self, content):
        if digest(content) not in self.blobs:
            self._store(content)
        return digest(content)

    @effect
    def _store(self, content):
        self.uploads += 1
        self.blobs[digest(content)] = content

    @effect
    def put_manifest(self, manifest, reference):
        self.manifests[reference] = self.manifests[manifest.digest] = manifest

    def image_name(self, digest):
        return f"registry.example/apps@{digest}"


class Images:
    """Tags of the registry beside it."""

    def __init__(self, world):
        self.world = world

    @effect
    def remove(self, tags):
        for tag in tags:
            self.world.registry.manifests.pop(tag, None)


def push_base(registry, tag="base-1"):
    """A base image of one layer, the way `infra` makes it. Returns its manifest."""
    layer = registry.upload(b"the runtime's layer")
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"WorkingDir": "/app", "Env": ["PYTHONPATH=/app/site-packages:/app"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(b"the runtime's tar")]},
    }
    content = json.dumps(config).encode()
    registry.upload(content)
    text = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "size": len(content),
                "digest": digest(content),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "size": len(b"the runtime's layer"),
                    "digest": layer,
                }
            ],
        }
    ).encode()
    manifest = Manifest(text, OCI_MANIFEST, digest(text))
    registry.put_manifest(manifest, tag)
    return manifest


@dataclass(frozen=True)
class StartedTask:
    definition: str
    started_by: str


class Containers:
    def __init__(self, world):
        self.world = world
        self.definitions = {}
        self.active = []
        self.tasks = {}
        self.services = {}
        self.resting = set()
        self._numbers = itertools.count(1)

    def family_of(self, arn):
        return self.definitions[arn]["family"]

    def described(self, arn):
        return Definition(arn, self.definitions[arn]["containerDefinitions"][0]["dockerLabels"])

    def environment_of(self, task):
        container = self.definitions[self.tasks[task].definition]["containerDefinitions"][0]
        return {pair["name"]: pair["value"] for pair in container["environment"]}

    @effect
    def register(self, definition):
        arn = f"{definition['family']}:{next(self._numbers)}"
        self.definitions[arn] = definition
        self.active.append(arn)
        return self.described(arn)

    def registered(self, family):
        return [self.described(a) for a in reversed(self.active) if self.family_of(a) == family]

    @effect
    def deregister(self, arn):
        self.active = [known for known in self.active if known != arn]

    @effect
    def start_task(self, definition_arn, started_by):
        assert len(started_by) <= 128
        task = f"task-{next(self._numbers)}"
        self.tasks[task] = StartedTask(definition_arn, started_by)
        return task

    def running_tasks(self, family):
        return [
            Task(arn, task.started_by)
            for arn, task in self.tasks.items()
            if self.family_of(task.definition) == family
        ]

    @effect
    def stop_task(self, arn):
        self.tasks.pop(arn, None)

    def service(self, name):
        arn = self.services.get(name)
        if arn is None:
            return None
        return Service(f"service/{name}", self.described(arn), name in self.resting)

    @effect
    def create_service(self, service):
        assert service["serviceName"] not in self.services, "ECS refuses a second one"
        self.services[service["serviceName"]] = service["taskDefinition"]
        return self.service(service["serviceName"])

    @effect
    def update_service(self, name, definition_arn):
        assert definition_arn in self.definitions
        self.services[name] = definition_arn

    @effect
    def rest(self, name):
        if name in self.services:
            self.resting.add(name)

    @effect
    def wake(self, name):
        self.resting.discard(name)

    @effect
    def delete_service(self, name):
        self.services.pop(name, None)
        self.resting.discard(name)


class Routes:
    def __init__(self, world):
        self.world = world
        self.opened = {}

    @effect
    def open(self, target_group, rule):
        self.opened[target_group["Name"]] = rule["Priority"]
        return f"target-group/{target_group['Name']}"

    @effect
    def close(self, target_group_name):
        self.opened.pop(target_group_name, None)


@dataclass(frozen=True)
class Address:
    owner_dsn: str
    app_dsn: str


class Databases:
    def __init__(self, world):
        self.world = world
        self.addresses = {}
        self._passwords = itertools.count(1)

    @effect
    def create(self, name):
        n = next(self._passwords)
        self.addresses[name] = Address(
            f"postgresql://{name}_owner:{n}@db", f"postgresql://{name}_app:{n}@db"
        )
        return self.addresses[name]

    @effect
    def drop(self, name):
        self.addresses.pop(name, None)

    def exists(self, name):
        return name in self.addresses


class Secrets:
    def __init__(self, world):
        self.world = world
        self.values = {}
        self._remembered = {}

    @effect
    def put(self, name, value):
        self.values[name] = value
        return f"arn:{name}"

    def reference(self, name):
        return f"arn:{name}" if name in self.values else None

    def value(self, secret_id):
        name = secret_id.removeprefix("arn:")
        if name not in self._remembered:
            if name not in self.values:
                raise NotFound(name)
            self._remembered[name] = self.values[name]
        return self._remembered[name]

    def read(self, name):
        return self.values.get(name)

    @effect
    def take(self, name):
        return self.values.pop(name, None)

    @effect
    def delete(self, name):
        self.values.pop(name, None)


class Probe:
    """Answers from a script, the last answer for ever; an answer may be a status or (status, version)."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    def ask(self, url):
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return Answer(*answer) if isinstance(answer, tuple) else Answer(answer)
