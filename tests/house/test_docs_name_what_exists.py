"""Paths, links and make targets that the documents name exist."""

import re
from pathlib import Path

import pytest

DOCS = [
    Path("README.md"),
    Path("CONTRIBUTING.md"),
    Path("AGENTS.md"),
    Path("SECURITY.md"),
    *sorted(Path("docs").rglob("*.md")),
]
ROOTS = [
    Path(),
    Path("chalicelib"),
    Path("chalicelib/generation"),
    Path("scaffolds/django"),
    Path("scaffolds/django/runtime"),
]
IN_CODE = re.compile(r"`((?:[\w.-]+/)+[\w.*-]*|[\w-]+\.(?:py|yaml|toml|sql))`")


@pytest.mark.parametrize("doc", DOCS, ids=str)
def test_links_lead_somewhere(doc):
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", doc.read_text())
    assert [t for t in targets if not (doc.parent / t).exists()] == []


@pytest.mark.parametrize(
    "doc",
    [Path("README.md"), Path("AGENTS.md"), Path("CONTRIBUTING.md"), Path("docs/architecture.md")],
    ids=str,
)
def test_paths_in_code_marks_exist(doc):
    named = {
        path
        for path in IN_CODE.findall(doc.read_text())
        if not re.search(r"[*…]|^generations/|^inbox/|^\.venv|^\.fragua", path)
    }
    assert (
        sorted(
            path
            for path in named
            if not any((root / path).exists() for root in ROOTS)
            and not list(Path("chalicelib").rglob(path))
        )
        == []
    )


def test_make_targets_named_in_documents_exist():
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(), re.MULTILINE))
    named = {t for doc in DOCS for t in re.findall(r"`make ([a-z-]+)`", doc.read_text())}
    assert named <= targets


def test_every_make_target_explains_itself():
    makefile = Path("Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    assert [t for t in phony if not re.search(rf"^{t}:.*## ", makefile, re.MULTILINE)] == []


def test_nothing_is_left_to_fill_in():
    assert [
        doc
        for doc in DOCS
        if re.search(r"<!-- (?!table|end)|TODO|TBD|lorem ipsum", doc.read_text())
    ] == []
