import io
import stat
import zipfile
import zlib

import pytest

from chalicelib.errors import ForbiddenPath
from chalicelib.generation import source_tree
from chalicelib.generation.source_tree import Difference, SourceTree

UNSAFE = [
    "", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/.", "a/..", "a\\b", "C:x", "a b", "ñ.py", "a\nb", "a\0b",
    "~", "a/", "...", "a" * 201,
]  # fmt: skip


@pytest.mark.parametrize("path", UNSAFE)
def test_an_unsafe_path_is_refused(path):
    with pytest.raises(ForbiddenPath):
        SourceTree({path: "x"})


@pytest.mark.parametrize("paths", [("a.py", "A.py"), ("a", "a/b.py"), ("A", "a/b.py")])
def test_paths_that_collide_on_some_file_system_are_refused(paths):
    with pytest.raises(ForbiddenPath):
        SourceTree(dict.fromkeys(paths, ""))


def test_the_same_files_are_the_same_bytes_in_any_order():
    one, other = SourceTree({"b": "2", "a": "ñ"}), SourceTree({"a": "ñ", "b": "2"})
    assert one.to_zip() == other.to_zip()
    assert one.sha256 == other.sha256 != SourceTree({"a": "ñ", "b": "3"}).sha256


def test_a_zip_gives_the_tree_back():
    tree = SourceTree({"business/a.py": "x = 1\n", "business/b/c.html": "ñ"})
    assert SourceTree.from_zip(tree.to_zip()) == tree


def test_merging_lets_the_other_win_and_diff_tells_what_happened():
    old = SourceTree({"a": "1", "b": "1"})
    new = old.merge({"b": "2", "c": "3"})
    assert dict(new) == {"a": "1", "b": "2", "c": "3"}
    assert new.diff(old) == Difference(added=("c",), changed=("b",), removed=())
    assert old.diff(new).removed == ("c",)
    assert list(SourceTree({"x/a": "", "xy/b": ""}).under("x")) == ["x/a"]


def packed(name="a.py", content=b"x", mode=0, compression=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        entry = zipfile.ZipInfo(name)
        entry.compress_type = compression
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["../evil", "/abs", "a/../../b", "x\\y"])
def test_a_zip_can_not_climb_out(name):
    with pytest.raises(ForbiddenPath):
        SourceTree.from_zip(packed(name))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_a_zip_carries_plain_files_only(kind):
    with pytest.raises(ForbiddenPath):
        SourceTree.from_zip(packed(mode=kind | 0o777))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(source_tree, "FILE_BYTES_MAX", 1000)
    with pytest.raises(ForbiddenPath):
        SourceTree.from_zip(packed(content=b"0" * 1001))


def test_a_zip_that_lies_about_its_size_is_not_read_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(source_tree, "FILE_BYTES_MAX", 1000)
    honest = packed(content=b"0" * 5000)
    lying = honest.replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(ForbiddenPath):
        SourceTree.from_zip(lying)


def test_a_zip_with_too_many_or_repeated_entries_is_refused(monkeypatch):
    monkeypatch.setattr(source_tree, "FILES_MAX", 2)
    with pytest.raises(ForbiddenPath):
        SourceTree.from_zip(SourceTree({"a": "", "b": ""}).to_zip().replace(b"b", b"a"))
    with pytest.raises(ForbiddenPath):
        SourceTree({"a": "", "b": "", "c": ""})


@pytest.mark.parametrize(
    "content", [b"", b"not a zip", packed()[:-30], packed(content=b"\xff\xfe")]
)
def test_anything_else_is_refused_too(content):
    with pytest.raises(ForbiddenPath):
        SourceTree.from_zip(content)


def test_damaged_data_is_refused():
    content = bytearray(packed(content=zlib.compress(b"abc" * 50), compression=zipfile.ZIP_STORED))
    content[40] ^= 0xFF
    with pytest.raises(ForbiddenPath):
        SourceTree.from_zip(bytes(content))
