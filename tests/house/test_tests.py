"""What the tests themselves must keep to."""

import ast
from pathlib import Path

import pytest

FILES = sorted(Path("tests").rglob("*.py"))
DIFFERENT_EACH_TIME = {"uuid4", "now", "time", "time_ns", "random", "token_hex", "token_urlsafe"}


def parameters_of(tree):
    for function in ast.walk(tree):
        for decorator in getattr(function, "decorator_list", ()):
            if isinstance(decorator, ast.Call) and "parametrize" in ast.dump(decorator.func):
                yield from (node for node in ast.walk(decorator) if isinstance(node, ast.Call))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_test_has_the_same_name_on_every_worker(path):
    """Two processes must collect the same tests, or nobody runs any."""
    called = {
        getattr(call.func, "attr", getattr(call.func, "id", ""))
        for call in parameters_of(ast.parse(path.read_text()))
    }
    assert not called & DIFFERENT_EACH_TIME
