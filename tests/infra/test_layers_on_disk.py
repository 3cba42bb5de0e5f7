"""A hostile layer stays in its folder, or does not get there at all."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from infra.local import layers
from infra.local.images_on_disk import throw_away_unused
from infra.local.layers import UnsafeLayer, assemble, unpack

Entry = tuple[str, bytes | None, bytes]
FILE, FOLDER, SYMLINK, HARDLINK, DEVICE, PIPE = (
    tarfile.REGTYPE,
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.CHRTYPE,
    tarfile.FIFOTYPE,
)


def layer(*entries: tuple[str, bytes], kind: bytes = FILE, link: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.linkname = link
            entry.size = len(content) if kind == FILE else 0
            entry.mode = 0o4777
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())


@pytest.mark.parametrize(
    "name", ["../outside", "app/../../outside", "/etc/outside", "app/..", "app\\..\\x"]
)
def test_a_path_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeLayer, match="leads out"):
        unpack(layer((name, b"x")), tmp_path / "layer")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [SYMLINK, HARDLINK, DEVICE, PIPE])
def test_whatever_is_neither_file_nor_folder_is_refused(kind: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnsafeLayer, match="neither"):
        unpack(layer(("app/link", b""), kind=kind, link="/etc/passwd"), tmp_path / "layer")
    assert list(tmp_path.iterdir()) == []


def test_files_arrive_unwritable_and_without_special_rights(tmp_path: Path) -> None:
    unpack(layer(("app/run", b"x")), tmp_path / "layer")
    assert (tmp_path / "layer/app/run").stat().st_mode & 0o7777 == 0o555


def test_a_layer_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeLayer):
        unpack(b"\x1f\x8bnonsense", tmp_path / "layer")


def test_a_layer_that_grows_beyond_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "BYTES_MAX", 10_000)
    with pytest.raises(UnsafeLayer, match="larger"):
        unpack(layer(("app/zeros", bytes(1_000_000))), tmp_path / "layer")


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "FILES_MAX", 3)
    with pytest.raises(UnsafeLayer, match="more than 3"):
        unpack(layer(*((f"app/{n}", b"") for n in range(5))), tmp_path / "layer")


def test_a_later_layer_lies_on_top_of_an_earlier_one(tmp_path: Path) -> None:
    root = image(tmp_path, layer(("app/a", b"old"), ("app/b", b"b")), layer(("app/a", b"new")))
    assert content(root) == {"app/a": b"new", "app/b": b"b"}


def test_a_whiteout_takes_a_file_away(tmp_path: Path) -> None:
    root = image(tmp_path, layer(("app/a", b"a"), ("app/b", b"b")), layer(("app/.wh.a", b"")))
    assert content(root) == {"app/b": b"b"}


def test_an_opaque_whiteout_takes_a_whole_folder_away(tmp_path: Path) -> None:
    root = image(
        tmp_path,
        layer(("app/x/a", b"a"), ("app/x/y/b", b"b"), ("app/c", b"c")),
        layer(("app/x/.wh..wh..opq", b""), ("app/x/new", b"new")),
    )
    assert content(root) == {"app/x/new": b"new", "app/c": b"c"}


@pytest.mark.parametrize("name", ["app/.wh...", "app/.wh.", "app/.wh.."])
def test_a_whiteout_can_not_reach_above_its_folder(name: str, tmp_path: Path) -> None:
    root = image(tmp_path, layer(("app/a", b"a")), layer((name, b"")))
    assert content(root) == {"app/a": b"a"}


def test_a_file_can_become_a_folder_and_a_folder_a_file(tmp_path: Path) -> None:
    root = image(
        tmp_path,
        layer(("app/a", b"a"), ("app/b/c", b"c")),
        layer(("app/a/x", b"x"), ("app/b", b"b")),
    )
    assert content(root) == {"app/a/x": b"x", "app/b": b"b"}


def image(tmp_path: Path, *packed: bytes) -> Path:
    folders = []
    for number, each in enumerate(packed):
        folders.append(tmp_path / f"layer-{number}")
        unpack(each, folders[-1])
    assemble(folders, tmp_path / "root")
    return tmp_path / "root"


def content(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_tidying_leaves_a_layer_alone_that_is_being_unpacked(tmp_path: Path) -> None:
    begun = tmp_path / "layers" / "sha256-abc.partial"
    unused = tmp_path / "layers" / "sha256-def"
    begun.mkdir(parents=True)
    unused.mkdir()
    throw_away_unused(tmp_path, set())
    assert begun.exists()
    assert not unused.exists()


def test_a_layer_that_is_gone_makes_no_image(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        assemble([tmp_path / "gone"], tmp_path / "root")
    assert not (tmp_path / "root").exists()
