"""What the compiled files are like, for every example and every hostile MVS."""

import ast
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from chalicelib.checks.rules import source_findings
from chalicelib.generation.design import design
from chalicelib.generation.plan import plan
from chalicelib.generation.scaffold import compile_app
from chalicelib.generation.source_tree import SourceTree
from chalicelib.generation.trace import trace
from chalicelib.mvs.reading import read_mvs
from tests.generation.business import example, kitchen_sink, names
from tests.mvs.hostile import ACCEPTED_HOSTILE

HOSTILE = dict(ACCEPTED_HOSTILE)
RUFF = """
line-length = 100
target-version = "py311"
src = ["."]
[lint]
select = ["E", "F", "I", "B", "UP", "N", "S", "SIM", "PIE", "DJ", "RUF", "C90"]
ignore = ["E501", "RUF001", "RUF002", "RUF003", "RUF012"]
[lint.per-file-ignores]
"**/tests/**" = ["S101"]
[lint.isort]
known-first-party = ["accounts", "api", "audit", "business", "files", "operations", "pages", "workspaces"]
"""
ALLOWED_IMPORTS = re.compile(
    r"(django|ninja|business|workspaces|pages|api|audit|accounts|"
    r"datetime|decimal|uuid|typing|dataclasses|enum|functools|itertools|collections|re|math|pathlib|__future__)(\.|$)|^$"
)


def python_files(tree: SourceTree) -> dict[str, str]:
    return {path: text for path, text in tree.items() if path.endswith(".py")}


@pytest.mark.parametrize("name", names())
def test_an_example_compiles_to_the_same_bytes_every_time(name):
    assert compile_app(example(name)).to_zip() == compile_app(example(name)).to_zip()


@pytest.mark.parametrize("name", [*names(), "kitchen-sink"])
def test_compiled_code_is_formatted_and_clean(name, tmp_path):
    write(compile_app(kitchen_sink() if name == "kitchen-sink" else example(name)), tmp_path)
    (tmp_path / "ruff.toml").write_text(RUFF)
    for command in (["format", "--diff"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def write(tree: SourceTree, folder) -> None:
    for path, text in tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


@pytest.mark.parametrize("name", names())
def test_compiled_code_imports_only_what_it_may(name):
    for path, text in python_files(compile_app(example(name))).items():
        for node in ast.walk(ast.parse(text)):
            for module in imported(node):
                assert ALLOWED_IMPORTS.match(module), f"{path} imports {module}"


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    is_absolute = isinstance(node, ast.ImportFrom) and not node.level
    return [node.module or ""] if is_absolute else []


@pytest.mark.parametrize("name", names())
def test_compiled_files_carry_no_mark_of_a_generator(name):
    for path, text in compile_app(example(name)).items():
        assert not re.search(r"fragua|generated|jinja|do not edit|\bMVS\b", text, re.I), path


@pytest.mark.parametrize("name", names())
def test_functions_and_files_are_short(name):
    for path, text in python_files(compile_app(example(name))).items():
        if "/migrations/" in path or "/tests/" in path:
            continue
        assert text.count("\n") <= 200, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 15, f"{path}: {node.name}"


@pytest.mark.parametrize("name", names())
def test_every_traced_test_and_file_exists(name):
    mvs = example(name)
    tree = compile_app(mvs)
    written = set(test_ids(tree))
    for traced in trace(mvs, design(mvs, plan(mvs))).requirements:
        assert set(traced.tests) <= written, traced
        assert set(traced.files) <= set(tree), traced


@pytest.mark.parametrize("name", names())
def test_every_requirement_that_can_be_executed_has_a_test(name):
    mvs = example(name)
    by_the_runtime = {"sign_in", "audit", "language"}
    untested = [
        traced
        for traced in trace(mvs, design(mvs, plan(mvs))).requirements
        if not traced.tests and not traced.in_words and traced.kind not in by_the_runtime
    ]
    assert untested == []


def test_ids(tree: SourceTree) -> list[str]:
    return [
        f"{path.removesuffix('.py').replace('/', '.')}.{case.name}.{method.name}"
        for path, text in python_files(tree).items()
        for case in ast.parse(text).body
        if isinstance(case, ast.ClassDef)
        for method in case.body
        if isinstance(method, ast.FunctionDef)
    ]


test_ids.__test__ = False  # a helper, whatever it is called


@pytest.mark.parametrize("name", names())
def test_compiled_code_keeps_the_rules_that_engines_must_keep(name):
    mvs = example(name)
    modules = [module.name for module in plan(mvs).modules]
    assert source_findings(compile_app(mvs), modules) == ()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mvs_compiles_to_code_that_keeps_the_rules(name):
    mvs = read_mvs(HOSTILE[name])
    modules = [module.name for module in plan(mvs).modules]
    found = source_findings(compile_app(mvs), modules)
    assert list(found) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mvs_compiles_to_code_in_which_its_text_is_only_text(name):
    tree = compile_app(read_mvs(HOSTILE[name]))
    for path, text in python_files(tree).items():
        compile(text, path, "exec")
        for node in ast.walk(ast.parse(text)):
            assert not is_suspicious(node), f"{path}:{getattr(node, 'lineno', 0)}"
    for path, text in tree.items():
        if path.endswith(".html"):
            HTMLParser().feed(text)


CALLS = {"system", "abort", "eval", "exec", "__import__", "open", "alert", "DELETE", "print"}


def is_suspicious(node: ast.AST) -> bool:
    """Names that only a text of the hostile cases could have brought into code."""
    if isinstance(node, ast.Call):
        called = node.func
        name = getattr(called, "id", "") or getattr(called, "attr", "")
        return name in CALLS
    return any(module in ("os", "sys", "subprocess") for module in imported(node))
