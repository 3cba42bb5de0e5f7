"""The table of OWASP ASVS requirements is whole and names tests that are there; and rules over all of what runs in Lambda
that no single test of a room could hold."""

import ast
import dataclasses
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import app as front_door
from chalicelib.http.endpoint import ROUTES
from chalicelib.settings import Settings

TABLE = Path("docs/security/asvs.md")
LEVELS = {1: 70, 2: 183}
"""How many requirements ASVS 5.0.0 has of each."""
VERDICTS = {"tested", "written", "not applicable", "not yet"}
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| ([a-z ]+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
ROWS = ROW.findall(TABLE.read_text())
CODE = {path: ast.parse(path.read_text()) for path in sorted(Path("chalicelib").rglob("*.py"))}

assert front_door.app


def imported(tree):
    """Names of modules, and of what is taken from them: `hashlib`, `hashlib.sha256`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def importers(*modules):
    return {
        str(path.relative_to("chalicelib"))
        for path, tree in CODE.items()
        if any(name.split(".")[0] in modules for name in imported(tree))
    }


# ---- the table ----


def test_every_requirement_of_both_levels_has_one_row():
    assert len({row[0] for row in ROWS}) == len(ROWS)
    assert Counter(int(row[1]) for row in ROWS) == LEVELS


def test_the_numbers_at_its_top_are_those_of_its_rows():
    told = re.findall(r"^\| (tested|written|not applicable|not yet) \| (\d+) \| (\d+) \|", TABLE.read_text(), re.MULTILINE)  # fmt: skip
    counted = Counter((row[3], int(row[1])) for row in ROWS)
    assert {verdict for verdict, *_ in told} == VERDICTS
    assert {(v, level): int(n) for v, *numbers in told for level, n in enumerate(numbers, 1)} == {
        (v, level): counted[v, level] for v in VERDICTS for level in LEVELS
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_proves_it_or_why_nothing_does(row):
    _, _, _, verdict, why = row
    assert verdict in VERDICTS
    if verdict == "tested":
        assert NAMED.search(why)
        assert all(name for _, name in NAMED.findall(why))
    if verdict == "written":
        assert re.search(r"\]\(|`", why)
    assert len(why) > 3


@pytest.mark.parametrize("document", sorted(Path("docs/security").glob("*.md")), ids=str)
def test_tests_that_a_security_document_names_are_there(document):
    missing = [
        f"{path}::{name}"
        for path, name in NAMED.findall(document.read_text())
        if not Path(path).is_file()
        or (name and not re.search(rf"^ *def {name}\(", Path(path).read_text(), re.MULTILINE))
    ]
    assert missing == []


def test_its_source_and_licence_are_named():
    assert "OWASP Application Security Verification Standard 5.0.0" in TABLE.read_text()
    assert "CC BY-SA 4.0" in TABLE.read_text()


# ---- rules over all of the code ----


def test_nothing_in_lambda_starts_processes_or_evaluates_text():
    assert importers("subprocess", "pickle", "marshal", "shelve", "ctypes", "pty") == set()
    called = {
        (str(path), node.func.id)
        for path, tree in CODE.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not [one for one in called if one[1] in {"eval", "exec", "compile", "__import__"}]
    asked = {
        f"os.{node.attr}"
        for tree in CODE.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert asked <= {"os.environ", "os.walk"}


def test_sql_is_never_built_from_texts():
    """The linter refuses it (S608), mypy asks for literals (`LiteralString`), and nobody waves that away."""
    assert (
        "S" in tomllib.loads(Path("pyproject.toml").read_text())["tool"]["ruff"]["lint"]["select"]
    )
    assert not [path for path in CODE if re.search(r"noqa.*S608", path.read_text())]
    window = Path("chalicelib/adapters/database.py").read_text()
    assert "query: LiteralString" in window
    assert "query: str" not in window


def test_patterns_are_made_before_anybody_sends_anything():
    """Inside functions a regular expression is a constant; what is put together is put together on import."""
    made = {
        f"{path}:{node.lineno}"
        for path, tree in CODE.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and re.fullmatch(r"re\.(?!escape)\w+", ast.unparse(node.func))
        and not isinstance(node.args[0], ast.Constant)
    }
    assert made == set()


def test_who_opens_connections_is_listed():
    """Where they lead is in the settings, the stack, or a constant; the one exception is an app's own address."""
    assert importers("urllib3", "requests", "httpx", "aiohttp", "socket", "ftplib", "smtplib") == {
        "adapters/app_probe.py",
        "adapters/dynamodb_call.py",
        "adapters/image_registry.py",
        "adapters/oauth_http.py",
        "adapters/stripe_http.py",
    }
    taken = {name for tree in CODE.values() for name in imported(tree)}
    assert not [name for name in taken if name.startswith(("http.client", "urllib.request"))]


def test_what_must_not_be_guessed_is_not_made_by_random():
    assert importers("random") == set()


def test_of_cryptography_only_what_is_listed_is_used():
    used = {
        name.rpartition(".")[2]
        for tree in CODE.values()
        for name in imported(tree)
        if name.split(".")[0] in {"cryptography", "hashlib", "Crypto", "nacl"} and "." in name
    }
    assert used == {
        "AESGCM",
        "Ed25519PrivateKey",
        "Ed25519PublicKey",
        "HKDF",
        "InvalidTag",
        "SHA256",
        "sha256",
    }
    asked = {
        node.attr
        for tree in CODE.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "hashlib"
    }
    assert asked <= {"sha256"}


def test_settings_hold_no_secret():
    names = [field.name for field in dataclasses.fields(Settings)]
    secret = [name for name in names if re.search("secret|password|token|private", name)]
    assert [name for name in secret if not name.endswith(("_secret_id", "_secret_prefix"))] == []


def test_a_read_neither_takes_a_body_nor_creates():
    reads = [route for route in ROUTES.values() if route.method == "GET"]
    assert reads
    assert not [route.path for route in reads if route.creates or route.annotated("body")]
    changing = {route.method for route in ROUTES.values()} - {"GET"}
    assert changing <= {"POST", "PUT", "PATCH", "DELETE"}
