"""`make demo` as a stranger meets it: a fresh clone with an empty package cache, then the same command again.

Runs beside whatever else is up: a clone in a temporary folder, ports of its own. Needs the network for packages.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bench.rows import Row, seconds

PORTS = {
    "FRAGUA_PORT": "18000",
    "FRAGUA_EMULATOR_PORT": "14566",
    "FRAGUA_POSTGRES_PORT": "15432",
    "FRAGUA_APP_PORT_BASE": "18100",
}


def measure() -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="fragua-bench-") as folder:
        clone, cache = Path(folder, "fragua"), Path(folder, "cache")
        subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
        empty = {"UV_CACHE_DIR": str(cache), "PIP_NO_CACHE_DIR": "1"}
        try:
            cold = seconds(lambda: _make("demo", clone, **empty))
            warm = seconds(lambda: _make("demo", clone))
        finally:
            _make("down", clone)
    yield Row(
        what="make demo, fresh clone, cold package cache", ours=cold, unit="s", target="< 180 s"
    )
    yield Row(what="make demo again, everything up", ours=warm, unit="s", target="< 30 s")


def _make(target: str, clone: Path, **more: str) -> None:
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("FRAGUA_")
    }
    subprocess.run(
        ["make", target], cwd=clone, env=environment | PORTS | more, check=True, capture_output=True
    )
