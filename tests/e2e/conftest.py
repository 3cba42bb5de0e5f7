"""A whole local stack of its own for the tests that need one: started once, in a temporary folder, on free ports."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local import stack as local_stack
from infra.local.place import PROJECT, Place

PORTS = ("front_port", "emulator_port", "postgres_port", "stripe_port")


def free_place(home: Path) -> Place:
    """All ports are free at the same time, and apps' ports begin where nobody listens."""
    sockets = [socket.socket() for _ in PORTS]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        ports = {name: each.getsockname()[1] for name, each in zip(PORTS, sockets, strict=True)}
    finally:
        for each in sockets:
            each.close()
    return replace(Place(home=home), app_port_base=20_000 + os.getpid() % 10_000, **ports)


@pytest.fixture(scope="session")
def stack() -> Iterator[Place]:
    """Where the stack is; `stack.front_url` is the API and `stack.credentials` holds the key."""
    home = Path(tempfile.mkdtemp(prefix="fragua-stack-")) / ".fragua"
    place = free_place(home)
    shared_cache(place)
    lines: list[str] = []
    local_stack.up(place, lines.append)
    yield place
    local_stack.down(place, lines.append)
    if not os.environ.get("FRAGUA_KEEP"):
        shutil.rmtree(home.parent, ignore_errors=True)
        shutil.rmtree(place.sockets, ignore_errors=True)


@pytest.fixture(scope="module")
def api(stack: Place) -> Iterator[httpx.Client]:
    key = json.loads(stack.credentials.read_text())["api_key"]
    headers = {"Authorization": f"Bearer {key}"}
    with Polite(base_url=stack.front_url, headers=headers, timeout=60) as client:
        yield client


class Polite(httpx.Client):
    """Waits when it is told to: the tests of a stack share one organization and one key."""

    def send(self, request: httpx.Request, **rest: Any) -> httpx.Response:
        while True:
            answer = super().send(request, **rest)
            if answer.status_code != 429:
                return answer
            time.sleep(int(answer.headers["Retry-After"]))


def shared_cache(place: Place) -> None:
    """Layers that `make up` built before need not be built again."""
    place.make()
    for layer in (PROJECT / ".fragua" / "cache").glob("*.tar.gz"):
        shutil.copy(layer, place.cache / layer.name)
