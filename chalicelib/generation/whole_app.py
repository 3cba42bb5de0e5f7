"""The whole app as its owner gets it: the runtime and the business layer in one zip that needs nothing of ours.

In: a bundle (the business layer as a zip). Out: bytes, the same for the same app. Callers: `RecordSuccess`; the base image
is made of the same `runtime_files`. The surprise: the runtime is read as bytes, because fonts and compiled translations
are no text; only the business layer, which engines write, must be.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from chalicelib.errors import ForbiddenPath
from chalicelib.generation.source_tree import EPOCH, SourceTree

RUNTIME = Path(__file__).parents[2] / "scaffolds" / "django" / "runtime"
BUSINESS = "business/"
LEFT_OUT = frozenset(
    {
        "__pycache__",
        ".pytest_cache",
        ".ruff_cache",
        ".mypy_cache",
        "node_modules",
        ".venv",
        "staticfiles",
        ".env",
        ".DS_Store",
    }
)
RUNNABLE = ("manage.py", ".sh")


def runtime_files() -> Iterator[tuple[str, Path]]:
    """Path inside the app, and the file; in a stable order."""
    found = []
    for folder, folders, files in os.walk(RUNTIME):
        folders[:] = [each for each in folders if each not in LEFT_OUT]
        for file in files:
            if file not in LEFT_OUT and not file.endswith(".pyc"):
                path = Path(folder, file)
                found.append((path.relative_to(RUNTIME).as_posix(), path))
    yield from sorted(found)


def whole_app(bundle: bytes, documents: Mapping[str, str] | None = None) -> bytes:
    """`documents`: what is told of it, by path. Raises `ForbiddenPath` when the bundle would change the runtime."""
    business = SourceTree.from_zip(bundle)
    strangers = [path for path in business if not path.startswith(BUSINESS)]
    if strangers:
        raise ForbiddenPath(f"{strangers[0]!r} is not part of the business layer")
    files = {name: path.read_bytes() for name, path in runtime_files()}
    told = {path: text for path, text in (documents or {}).items() if path not in files}
    files |= {path: text.encode() for path, text in {**told, **business}.items()}
    return _zipped(files)


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, date_time=EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            mode = 0o755 if path.endswith(RUNNABLE) else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
