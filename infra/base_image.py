"""The tag of the scaffold's base image: a hash over the runtime's files, so that one tree has one base image.

In: scaffolds/django/runtime. Out: `base-<16 hex digits>`. Callers: `package`, `infra/local/images.py`, whoever builds
the image for AWS (`docker build -t …:$(python -m infra.base_image) scaffolds/django/runtime`).
"""

from __future__ import annotations

import hashlib

from chalicelib.generation.whole_app import RUNTIME, runtime_files

__all__ = ["RUNTIME", "runtime_files", "tag"]


def tag() -> str:
    digest = hashlib.sha256()
    for name, path in runtime_files():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"base-{digest.hexdigest()[:16]}"


if __name__ == "__main__":
    print(tag())  # noqa: T201
