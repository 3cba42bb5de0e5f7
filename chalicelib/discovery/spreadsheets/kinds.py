"""What a file is, by its first bytes and by what is inside; its name does not count.

In: bytes. Out: `RawFile` from the reader that fits. Callers: `reading`. The surprise: a workbook with a password is no zip
at all, and many an «Excel» export is a web page; people are told which.
"""

from __future__ import annotations

from chalicelib.discovery.spreadsheets.archive import Archive
from chalicelib.discovery.spreadsheets.cells import RawFile
from chalicelib.discovery.spreadsheets.csv_text import read_csv
from chalicelib.discovery.spreadsheets.unreadable import Unreadable
from chalicelib.discovery.spreadsheets.xlsx import WORKBOOK, read_workbook

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
HEAD = 4096
BEGINNINGS = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"\x1f\x8b", "other_archive"),
    (b"7z\xbc\xaf", "other_archive"),
    (b"Rar!", "other_archive"),
    (b"{\\rtf", "other_office"),
)
INSIDE = (
    ("xl/workbook.bin", "xlsb"),
    ("word/document.xml", "other_office"),
    ("ppt/presentation.xml", "other_office"),
    ("Index/Document.iwa", "numbers"),
    ("content.xml", "ods"),
)


def open_file(content: bytes) -> RawFile:
    """Raises `Unreadable`."""
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Unreadable("empty")
    if content.startswith(b"PK\x03\x04"):
        return _of_archive(Archive(content))
    if content.startswith(b"PK"):
        raise Unreadable("broken")
    if content.startswith(OLD_OFFICE):
        raise Unreadable("password" if ENCRYPTED in content else "xls")
    for beginning, code in BEGINNINGS:
        if content.startswith(beginning):
            raise Unreadable(code)
    if code := _markup(content[:HEAD]):
        raise Unreadable(code)
    return read_csv(content)


def _of_archive(archive: Archive) -> RawFile:
    if WORKBOOK in archive.names:
        return read_workbook(archive)
    for name, code in INSIDE:
        if name in archive.names:
            raise Unreadable(code)
    raise Unreadable("other_archive")


def _markup(head: bytes) -> str:
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        return "html"
    if start.startswith((b"<?xml", b"<")):
        return "xml"
    return "json" if start.startswith((b"{", b"[{")) else ""
