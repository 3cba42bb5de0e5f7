"""Paths, links and make targets that the documents and the modules' first words name exist."""

import ast
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
ROOTS_OF_CODE = ("chalicelib", "cli", "infra", "bench", "tests", "scaffolds")
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


def test_modules_that_a_modules_first_words_name_exist():
    """A caller that was renamed is looked for by whoever comes next."""
    known = ["/app.py"]
    known += [f"/{path}" for root in ROOTS_OF_CODE for path in Path(root).rglob("*.py")]
    lost = {
        f"{path}: {named}"
        for root in ROOTS_OF_CODE[:-1]
        for path in Path(root).rglob("*.py")
        for named in re.findall(
            r"`([\w/]+\.py)`", ast.get_docstring(ast.parse(path.read_text())) or ""
        )
        if not any(one.endswith(f"/{named}") for one in known)
    }
    assert lost == set()


def test_the_room_of_billing_lists_its_modules():
    room = Path("chalicelib/billing")
    contents = ast.get_docstring(ast.parse((room / "__init__.py").read_text()))
    modules = {path.stem for path in room.glob("*.py")} - {"__init__"}
    assert set(re.findall(r"(?:^    |; |→ )(\w+)(?:  |:)", contents, re.MULTILINE)) == modules


def test_the_double_of_stripe_lists_its_modules():
    double = Path("tests/stripe_server")
    listed = re.findall(r"^\| [^|]+ \| (`.*) \|$", (double / "README.md").read_text(), re.MULTILINE)
    named = re.findall(r"`(\w+)`", "\n".join(listed))
    assert sorted(named) == sorted(path.stem for path in double.glob("*.py"))


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
