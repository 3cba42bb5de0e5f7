"""The emulator's registry over `/v2/`: just what pushing the base image and pulling an app's image need.

In: repository, digests. Out: bytes whose digest was checked. Callers: `images`, `container_host`.
"""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
TIMEOUT_S = 60


class RegistryFault(Exception):
    """The registry refused, is away, or sent something else than it was asked for."""


class Registry:
    def __init__(self, url: str, repository: str) -> None:
        self._base = f"{url}/v2/{repository}"

    def has_manifest(self, reference: str) -> bool:
        return self._exists(f"/manifests/{reference}", {"Accept": f"{MANIFEST}, {DOCKER_MANIFEST}"})

    def manifest(self, reference: str) -> dict[str, Any]:
        """By tag, or by digest, which is then checked."""
        accept = {"Accept": f"{MANIFEST}, {DOCKER_MANIFEST}"}
        content = self._call("GET", f"/manifests/{reference}", headers=accept)
        if reference.startswith("sha256:"):
            self._check(content, reference)
        parsed: dict[str, Any] = json.loads(content)
        return parsed

    def blob(self, digest: str) -> bytes:
        content = self._call("GET", f"/blobs/{digest}")
        self._check(content, digest)
        return content

    def upload(self, content: bytes) -> str:
        digest = digest_of(content)
        if not self._exists(f"/blobs/{digest}", {}):
            kind = {"Content-Type": "application/octet-stream"}
            self._call("POST", f"/blobs/uploads/?digest={digest}", content, kind)
        return digest

    def put_manifest(self, manifest: dict[str, Any], tag: str) -> None:
        content = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
        self._call("PUT", f"/manifests/{tag}", content, {"Content-Type": MANIFEST})

    def _exists(self, path: str, headers: dict[str, str]) -> bool:
        try:
            self._call("HEAD", path, headers=headers)
        except RegistryFault:
            return False
        return True

    def _call(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        url = self._base + path
        request = urllib.request.Request(url, data=content, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
                body: bytes = reply.read()
                return body
        except (urllib.error.URLError, OSError) as fault:
            raise RegistryFault(f"{method} {url}: {fault}") from fault

    def _check(self, content: bytes, digest: str) -> None:
        if digest_of(content) != digest:
            raise RegistryFault(f"{digest} arrived damaged")


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
