"""An app's image: the base image plus one layer that holds its business code, made without a container engine.

In: a bundle (zip) and the base as the registry has it. Out: blobs and a manifest, pushed over the registry's HTTP API.
Callers: `candidate.py`, `release.py`. The surprise: the same bundle gives the same bytes, hence the same digest, hence a
push that sends nothing; so nothing here may depend on the time.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from chalicelib.deployment.ports import ImageRegistry, Manifest
from chalicelib.errors import ForbiddenPath, NotFound
from chalicelib.generation.source_tree import SourceTree

BUSINESS = "business"
INSIDE = "app"
WHITEOUT = "/.wh."
"""A file whose name starts like this takes something of the layers below away."""
BUNDLE_LABEL = "fragua.bundle-sha256"
GENERATION_LABEL = "fragua.generation"

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LAYER_TYPES = {
    OCI_MANIFEST: "application/vnd.oci.image.layer.v1.tar+gzip",
    DOCKER_MANIFEST: "application/vnd.docker.image.rootfs.diff.tar.gzip",
}
NO_DATE = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Base:
    """The base image: its manifest and configuration, parsed. Its layers stay where they are."""

    manifest: dict[str, Any]
    media_type: str
    config: dict[str, Any]


@dataclass(frozen=True)
class Image:
    """Everything to upload, in this order: layer, config, manifest."""

    layer: bytes
    config: bytes
    manifest: Manifest


def read_base(tag: str, *, registry: ImageRegistry) -> Base:
    """Raises `NotFound` when the base image was never pushed."""
    found = registry.manifest(tag)
    if found is None:
        raise NotFound(f"there is no base image {tag!r}; build and push it first")
    manifest = json.loads(found.content)
    config = json.loads(registry.blob(manifest["config"]["digest"]))
    return Base(manifest, found.media_type, config)


def candidate_image(bundle: bytes, base: Base, labels: Mapping[str, str]) -> Image:
    """Raises `ForbiddenPath` when the bundle holds anything outside `business/`, or hides anything below it."""
    files = business_files(bundle)
    tar = layer_tar(files)
    layer = gzip.compress(tar, compresslevel=6, mtime=0)
    described = {**labels, BUNDLE_LABEL: hashlib.sha256(bundle).hexdigest()}
    config = _json(_config(base.config, digest(tar), described))
    return Image(layer, config, _manifest(base, layer, config))


def push(image: Image, *, registry: ImageRegistry) -> str:
    """Returns the name to run it by. The manifest goes last: an image is either whole or not there."""
    registry.upload(image.layer)
    registry.upload(image.config)
    registry.put_manifest(image.manifest, image.manifest.digest)
    return registry.image_name(image.manifest.digest)


def labels_of(image: str, *, registry: ImageRegistry) -> tuple[Manifest, dict[str, str]]:
    """The manifest and labels of an image named by digest. Raises `NotFound`."""
    found = registry.manifest(image.rpartition("@")[2])
    if found is None:
        raise NotFound(f"the registry has no image {image!r}")
    config = json.loads(registry.blob(json.loads(found.content)["config"]["digest"]))
    return found, dict(config.get("config", {}).get("Labels") or {})


def business_files(bundle: bytes) -> SourceTree:
    tree = SourceTree.from_zip(bundle)
    strays = [path for path in tree if not path.startswith(f"{BUSINESS}/") or WHITEOUT in path]
    if strays or not tree:
        raise ForbiddenPath(
            f"a bundle holds {BUSINESS}/ and nothing else, this one {strays[:3] or 'nothing'}"
        )
    return tree


def layer_tar(files: Mapping[str, str]) -> bytes:
    """Files and folders, sorted, owned by root, dated 1970, never a link: the same files give the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for folder in _folders(files):
            entry = _entry(folder, 0o755)
            entry.type = tarfile.DIRTYPE
            tar.addfile(entry)
        for path, text in sorted(files.items()):
            content = text.encode()
            entry = _entry(path, 0o644)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _folders(files: Mapping[str, str]) -> list[str]:
    return sorted({str(p) for path in files for p in PurePosixPath(path).parents} - {"."})


def _entry(path: str, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(f"{INSIDE}/{path}")
    entry.mode = mode
    entry.mtime = entry.uid = entry.gid = 0
    return entry


def _config(base: dict[str, Any], diff_id: str, labels: Mapping[str, str]) -> dict[str, Any]:
    inner = base.get("config") or {}
    rootfs = base["rootfs"]
    return {
        **base,
        "config": {**inner, "Labels": {**(inner.get("Labels") or {}), **labels}},
        "rootfs": {**rootfs, "diff_ids": [*rootfs["diff_ids"], diff_id]},
        "history": [*_history(base), {"created": NO_DATE, "created_by": "business layer"}],
    }


def _history(base: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry for each layer: engines count them, and a base made by hand may have left them out."""
    known = base.get("history") or []
    told = sum(not entry.get("empty_layer") for entry in known)
    untold = len(base["rootfs"]["diff_ids"]) - told
    return [*known, *({"created": NO_DATE, "created_by": "base"} for _ in range(untold))]


def _manifest(base: Base, layer: bytes, config: bytes) -> Manifest:
    added = {
        "mediaType": LAYER_TYPES[base.media_type],
        "size": len(layer),
        "digest": digest(layer),
    }
    content = _json(
        {
            **base.manifest,
            "config": {
                **base.manifest["config"],
                "size": len(config),
                "digest": digest(config),
            },
            "layers": [*base.manifest["layers"], added],
        }
    )
    return Manifest(content, base.media_type, digest(content))


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
