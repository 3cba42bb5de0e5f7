"""The tag of the scaffold's base image: a hash over the runtime's files, so that one tree has one base image.

In: scaffolds/django/runtime. Out: `base-<16 hex digits>`. Callers: `package`, `infra/local/images.py`, whoever builds
the image for AWS (`docker build -t …:$(python -m infra.base_image) scaffolds/django/runtime`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

RUNTIME = Path(__file__).resolve().parents[1] / "scaffolds" / "django" / "runtime"
LEFT_OUT = {
    "__pycache__",
    ".pytest_cache",
    ".ruff_cache",
    ".mypy_cache",
    "node_modules",
    ".venv",
    "staticfiles",
}


def runtime_files() -> Iterator[tuple[str, Path]]:
    """Path inside the image below /app, and the file; in a stable order."""
    for path in sorted(RUNTIME.rglob("*")):
        inside = path.relative_to(RUNTIME)
        if path.is_file() and not LEFT_OUT.intersection(inside.parts) and path.suffix != ".pyc":
            yield inside.as_posix(), path


def tag() -> str:
    digest = hashlib.sha256()
    for name, path in runtime_files():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"base-{digest.hexdigest()[:16]}"


if __name__ == "__main__":
    print(tag())  # noqa: T201
