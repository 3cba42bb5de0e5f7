"""The rules of the house that imports alone can't say. Arrows between rooms are in `.importlinter`, run here too."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PLATFORM = sorted(Path("chalicelib").rglob("*.py"))
DOORS = [
    *(Path(f"chalicelib/{name}.py") for name in ("tasks", "events", "jobs", "jobs_billing")),
    *sorted(Path("chalicelib/http").rglob("*.py")),
]
ROOMS = (
    "agents",
    "billing",
    "catalog",
    "checks",
    "deployment",
    "discovery",
    "generation",
    "identity",
    "mail",
    "mvs",
    "tenancy",
)


def ids(paths):
    return [str(path) for path in paths]


def test_arrows_point_inwards_and_sdks_stay_in_their_windows():
    lint = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr


def test_only_settings_reads_the_environment():
    readers = [
        path
        for path in PLATFORM
        if "os.environ" in path.read_text() or "getenv" in path.read_text()
    ]
    assert readers == [Path("chalicelib/settings.py")]


@pytest.mark.parametrize("path", PLATFORM, ids=ids(PLATFORM))
def test_nothing_is_called_on_import_but_declarations(path):
    """Module level may build plain values and patterns; it may not open, connect or ask."""
    forbidden = {
        "connect",
        "client",
        "resource",
        "Session",
        "open",
        "urlopen",
        "request",
        "wires",
        "run",
    }
    tree = ast.parse(path.read_text())
    called = {
        name
        for statement in tree.body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.If)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        for name in [getattr(node.func, "attr", getattr(node.func, "id", ""))]
    }
    assert not called & forbidden


@pytest.mark.parametrize("path", PLATFORM, ids=ids(PLATFORM))
def test_broad_except_stands_in_doors_only(path):
    broad = [
        handler.lineno
        for handler in ast.walk(ast.parse(path.read_text()))
        if isinstance(handler, ast.ExceptHandler)
        and not _raises_on(handler)
        and (
            handler.type is None
            or getattr(handler.type, "id", "") in ("Exception", "BaseException")
        )
    ]
    assert not broad or path in DOORS


def _raises_on(handler):
    """Tidying up and raising what was caught is no swallowing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("path", PLATFORM, ids=ids(PLATFORM))
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", PLATFORM, ids=ids(PLATFORM))
def test_no_function_is_longer_than_forty_lines_of_body(path):
    long = [
        function.name
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and _body_lines(function) > 40
    ]
    assert long == []


def _body_lines(function):
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_app_py_is_a_list_without_logic():
    source = Path("app.py").read_text()
    assert len(source.splitlines()) <= 150
    assert not [
        n
        for n in ast.walk(ast.parse(source))
        if isinstance(n, ast.If | ast.For | ast.Try | ast.While)
    ]


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "base", "manager"])
def test_no_module_has_a_name_that_says_nothing(word):
    assert not [path for path in PLATFORM if path.stem == word]


def test_generated_code_is_never_imported_by_the_platform():
    importers = [
        path
        for path in PLATFORM
        if "importlib" in path.read_text() or "__import__" in path.read_text()
    ]
    schemas_by_name = Path("chalicelib/http/endpoint.py")
    assert [path for path in importers if "checks" not in path.parts] == [schemas_by_name]
