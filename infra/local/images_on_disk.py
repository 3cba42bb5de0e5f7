"""Images as folders: pulled from the registry once, linked together from their layers, thrown away when unused.

In: an image name with a digest. Out: `Image`: its root folder and what its configuration says. Callers: `container_host`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.layers import assemble, unpack
from infra.local.registry import Registry

KEPT_IMAGES = 8
BASE_LAYERS = "base.json"


@dataclass(frozen=True)
class Image:
    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    folder: str = "/"

    @property
    def python(self) -> Path:
        return self.root / ".python" / "bin" / "python"

    def inside(self, path: str) -> str:
        """Where an absolute path of the image lies on this machine."""
        return f"{self.root}{path}" if path.startswith("/") else path


def pull(name: str, folder: Path, registry_url: str) -> Image:
    """`host/repository@sha256:…`; layers and images that are there already are not fetched again."""
    repository, _, reference = name.partition("/")[2].rpartition("@")
    registry = Registry(registry_url, repository)
    root = folder / "images" / reference.replace(":", "-")
    facts = root / ".config.json"
    if not facts.exists():
        manifest = registry.manifest(reference)
        config = registry.blob(manifest["config"]["digest"])
        layers = [pull_layer(layer["digest"], folder, registry) for layer in manifest["layers"]]
        assemble(layers, root)
        give_python(root)
        (root / ".layers.json").write_text(json.dumps([layer.name for layer in layers]))
        facts.write_bytes(config)
    os.utime(root)
    return described(root, json.loads(facts.read_text()).get("config") or {})


def fetch_base(tag: str, folder: Path, registry: Registry) -> None:
    """Unpacks the base image's layers before the first app needs them, and has them kept."""
    digests = [layer["digest"] for layer in registry.manifest(tag)["layers"]]
    names = [pull_layer(digest, folder, registry).name for digest in digests]
    (folder / BASE_LAYERS).write_text(json.dumps(names))


def pull_layer(digest: str, folder: Path, registry: Registry) -> Path:
    target = folder / "layers" / digest.replace(":", "-")
    if not target.exists():
        unpack(registry.blob(digest), target)
    return target


def described(root: Path, config: dict[str, Any]) -> Image:
    pairs = (text.partition("=") for text in config.get("Env") or [])
    return Image(
        root=root,
        environment={name: value for name, _, value in pairs},
        command=(*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())),
        folder=config.get("WorkingDir") or "/",
    )


def give_python(root: Path) -> None:
    """An interpreter without packages: what counts is in the image. `sys.executable` of every child stays this one."""
    home = root / ".python"
    (home / "bin").mkdir(parents=True, exist_ok=True)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    for name in ("python", "python3"):
        (home / "bin" / name).symlink_to(base)
    (home / "pyvenv.cfg").write_text(
        f"home = {base.parent}\ninclude-system-site-packages = false\n"
        f"version = {sysconfig.get_python_version()}\n"
    )


def throw_away_unused(folder: Path, used: set[Path]) -> None:
    """Keeps what runs and the few newest images, and the layers these are made of."""
    images = sorted(
        (each for each in (folder / "images").glob("sha256-*") if each.is_dir()),
        key=lambda each: each.stat().st_mtime,
        reverse=True,
    )
    kept = [each for number, each in enumerate(images) if number < KEPT_IMAGES or each in used]
    needed = {name for image in kept for name in layer_names(image / ".layers.json")}
    needed.update(layer_names(folder / BASE_LAYERS))
    for image in set(images) - set(kept):
        shutil.rmtree(image, ignore_errors=True)
    for layer in (folder / "layers").glob("sha256-*"):
        if layer.name not in needed and layer.suffix != ".partial":  # being unpacked right now
            shutil.rmtree(layer, ignore_errors=True)


def layer_names(listed: Path) -> list[str]:
    try:
        names: list[str] = json.loads(listed.read_text())
    except (FileNotFoundError, ValueError):
        return []
    return names
