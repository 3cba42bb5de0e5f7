"""The scaffold's base image without Docker: two layers (packages, runtime), pushed when the registry lacks them.

In: scaffolds/django/runtime. Out: `<repository>:base-<hash>`. Callers: `stack`. The surprise: in AWS the same tag names a real
image with an operating system inside; here it holds only what lies under /app, because the laptop is the rest.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

from infra import base_image
from infra.local.place import APP_REPOSITORY, CannotStart, Place, python
from infra.local.registry import CONFIG, LAYER, MANIFEST, Registry, digest_of

LOCK = base_image.RUNTIME / "requirements.txt"
PACKAGES = "app/site-packages"
USELESS_SUFFIXES = (".po", ".pyi", ".pyx", ".c", ".h")


def ensure(place: Place) -> bool:
    """Answers whether it had to push the base image."""
    registry = Registry(place.emulator_url, APP_REPOSITORY)
    tag = base_image.tag()
    if registry.has_manifest(tag):
        return False
    layers = [packages_layer(place), runtime_layer(place)]
    config = json.dumps(configuration(layers), sort_keys=True).encode()
    registry.put_manifest(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": CONFIG,
                "size": len(config),
                "digest": registry.upload(config),
            },
            "layers": [
                {"mediaType": LAYER, "size": len(layer), "digest": registry.upload(layer)}
                for layer in layers
            ],
        },
        tag,
    )
    return True


def configuration(layers: Iterable[bytes]) -> dict[str, object]:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return {
        "architecture": machine,
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "Env": ["PYTHONPATH=/app/site-packages:/app"],
            "WorkingDir": "/app",
            "Cmd": ["python", "-m", "serve"],
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [digest_of(gzip.decompress(layer)) for layer in layers],
        },
        "history": [],
    }


def packages_layer(place: Place) -> bytes:
    """What the lock names, installed and compiled once for each lock, interpreter and machine."""
    key = f"{LOCK.read_text()}{sys.version}{platform.platform()}{Path(__file__).read_text()}"
    cached = place.cache / f"packages-{hashlib.sha256(key.encode()).hexdigest()[:16]}.tar.gz"
    if not cached.exists():
        folder = place.cache / "packages"
        shutil.rmtree(folder, ignore_errors=True)
        install(folder)
        layer = layer_of(folder, PACKAGES)
        shutil.rmtree(folder, ignore_errors=True)
        keep(cached, layer)
    return cached.read_bytes()


def install(folder: Path) -> None:
    command = [python(), "-m", "uv", "pip", "install", "--quiet", "--python", python()]
    run([*command, "--target", str(folder), "--requirement", str(LOCK)])
    for path in list(folder.rglob("*")):
        if path.suffix in USELESS_SUFFIXES and path.is_file():
            path.unlink()
    compile_all(folder, PACKAGES)


def compile_all(folder: Path, inside: str) -> None:
    """Bytecode that does not depend on file times, which a layer does not keep, and that names its place in the image."""
    command = [
        python(),
        "-m",
        "compileall",
        "-q",
        "-j",
        "0",
        "--invalidation-mode",
        "unchecked-hash",
    ]
    run([*command, "-s", str(folder), "-p", f"/{inside}", str(folder)], may_fail=True)


def runtime_layer(place: Place) -> bytes:
    cached = place.cache / f"runtime-{base_image.tag()}-{sys.implementation.cache_tag}.tar.gz"
    if not cached.exists():
        folder = place.cache / "runtime"
        shutil.rmtree(folder, ignore_errors=True)
        for name, source in base_image.runtime_files():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)
        compile_all(folder, "app")
        layer = layer_of(folder, "app")
        shutil.rmtree(folder, ignore_errors=True)
        for older in place.cache.glob("runtime-*.tar.gz"):
            older.unlink()
        keep(cached, layer)
    return cached.read_bytes()


def keep(path: Path, content: bytes) -> None:
    scratch = path.with_suffix(".tmp")
    scratch.write_bytes(content)
    scratch.replace(path)


def layer_of(folder: Path, inside: str) -> bytes:
    """A gzipped tar with sorted names, no owners and no dates: the same files give the same digest."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            entry = tar.gettarinfo(path, f"{inside}/{path.relative_to(folder).as_posix()}")
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            if entry.isreg():
                with path.open("rb") as content:
                    tar.addfile(entry, content)
            elif entry.isdir():
                tar.addfile(entry)
    return buffer.getvalue()


def run(command: list[str], *, may_fail: bool = False) -> None:
    """With the person's whole environment: package indexes, proxies and certificates are set there."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise CannotStart(f"{' '.join(command[:5])} … failed:\n{done.stderr.strip()[-2000:]}")
