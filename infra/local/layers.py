"""Image layers onto disk, safely: a layer comes from generated work and is treated as hostile.

In: gzipped tars. Out: a folder per layer and a folder per image, its files linked from the layers. Callers: `container_host`.
The surprise: links and devices are refused instead of followed. Our layers hold none, and every trick of the trade
(a link out of the folder, then a file through it) needs one.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
FILES_MAX = 100_000
BYTES_MAX = 2 * 1024**3


class UnsafeLayer(Exception):
    """The layer holds something that a layer of ours never holds."""


def unpack(layer: bytes, target: Path) -> None:
    """Unpacks beside `target` and moves it there when whole. Whiteouts stay as marker files."""
    scratch = target.with_name(f"{target.name}.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(plain(layer)), mode="r:") as tar:
            for entry, inside in safe_entries(tar):
                extract(tar, entry, scratch / inside)
        scratch.rename(target)
    except (tarfile.TarError, OSError, EOFError) as fault:
        raise UnsafeLayer(f"the layer can't be read: {fault}") from fault
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def plain(layer: bytes) -> bytes:
    """At most `BYTES_MAX`, however well it was packed."""
    if not layer.startswith(b"\x1f\x8b"):
        return layer
    with gzip.GzipFile(fileobj=io.BytesIO(layer)) as packed:
        content = packed.read(BYTES_MAX + 1)
    if len(content) > BYTES_MAX:
        raise UnsafeLayer("the layer is larger than allowed")
    return content


def safe_entries(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, str]]:
    for number, entry in enumerate(tar):
        if number >= FILES_MAX:
            raise UnsafeLayer(f"the layer has more than {FILES_MAX} files")
        if not (entry.isreg() or entry.isdir()):
            raise UnsafeLayer(f"{entry.name!r} is neither a file nor a folder")
        yield entry, safe_path(entry.name)


def safe_path(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or "\\" in name:
        raise UnsafeLayer(f"{name!r} leads out of the image")
    return str(path)


def extract(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> None:
    if entry.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(entry)
    if content is None:
        raise UnsafeLayer(f"{entry.name!r} has no content")
    target.unlink(missing_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(0o555 if entry.mode & 0o100 else 0o444)


def assemble(layers: list[Path], target: Path) -> None:
    """One folder that looks like the layers on top of each other; files are linked, so it takes next to no room."""
    scratch = target.with_name(f"{target.name}.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for layer in layers:
        for folder, folders, files in os.walk(layer, onerror=refuse_gaps):
            here = scratch / Path(folder).relative_to(layer)
            here.mkdir(exist_ok=True)
            take_away(here, files)
            for name in files:
                if not name.startswith(WHITEOUT):
                    place(Path(folder) / name, here / name)
            for name in folders:
                replace_by_folder(here / name)
    shutil.rmtree(target, ignore_errors=True)
    scratch.rename(target)


def refuse_gaps(fault: OSError) -> None:
    """What can't be read is not left out silently."""
    raise fault


def take_away(here: Path, markers: list[str]) -> None:
    if OPAQUE in markers:
        for child in list(here.iterdir()):
            remove(child)
    for name in markers:
        if name.startswith(WHITEOUT) and name != OPAQUE:
            hidden = name.removeprefix(WHITEOUT)
            if hidden and hidden not in (".", "..") and "/" not in hidden:
                remove(here / hidden)


def place(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        remove(target)
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def replace_by_folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        path.unlink()


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
