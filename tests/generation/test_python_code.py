import ast
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from chalicelib.generation.python_code import comment, docstring, html_text, py
from chalicelib.generation.tidy import fold, tidy
from tests.mvs.hostile import WORDS

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(list(WORDS.values()))
values = st.recursive(
    texts | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_a_literal_is_read_back_as_the_value(value):
    assert ast.literal_eval(py(value)) == value
    assert py(value).isprintable()


def test_other_literals():
    assert py(("a",)) == '("a",)'
    assert py(Decimal("0.10")) == 'Decimal("0.10")'
    assert py('say "hi"') == "'say \"hi\"'"
    with pytest.raises(TypeError):
        py(object())


@given(texts)
def test_a_docstring_never_ends_early(text):
    source = f"class A:\n{docstring(text, 4)}\n    x = 1\n"
    tree = ast.parse(source)
    assert len(tree.body) == 1
    assert len(tree.body[0].body) == 2


@given(texts)
def test_a_comment_is_only_a_comment(text):
    assert ast.parse(comment(text) + "\n").body == []


@given(texts)
def test_html_text_is_neither_markup_nor_a_template(text):
    quoted = html_text(text)
    assert not set("<>\"'{}") & set(quoted)
    as_read = quoted.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    assert Environment().from_string(quoted).render() == as_read


LINES = [
    "x = call(" + ", ".join(f"argument_{n}={n}" for n in range(12)) + ")",
    "x = call(" + ", ".join(f"argument_{n}={n}" for n in range(6)) + ")",
    "x = [" + ", ".join(f"'element number {n}'".replace("'", '"') for n in range(8)) + "]",
    "    x = outer(inner(" + ", ".join(f"argument_{n}={n}" for n in range(12)) + "))",
    "x = outer('first', ["
    + ", ".join(f'"element {n}"' for n in range(12))
    + "], last=True)".replace("'", '"'),
    "def function(self, "
    + ", ".join(f"argument_{n}" for n in range(9))
    + ", *, last=None, very_last=None):",
    'x = call("' + "for whom the bell tolls in winter, " * 3 + '", other=1)',
    "x = list(first_name(argument) for argument in some_very_long_iterable_name if argument.is_wanted_really)",
]


@pytest.mark.parametrize("line", LINES)
def test_a_long_line_is_folded_as_ruff_would_fold_it(line):
    source = line.replace("'", '"') if line.startswith("x = outer") else line
    body = "    pass\n" if source.startswith("def") else ""
    source = f"if x:\n{source}\n" if source.startswith(" ") else f"{source}\n{body}"
    ours = "\n".join(part for raw in source.splitlines() for part in fold(raw)) + "\n"
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert ours == formatted


def test_imports_are_pruned_and_sorted():
    source = '''"""Doc."""

import datetime as dt
import workspaces.fields
from .b import c
from django.db import models
from workspaces.fields import B, A, CONSTANT, name
from decimal import Decimal
import unused
class X(models.Model):
    a = dt.date, A, name, CONSTANT, c, workspaces.fields.Z
'''
    assert (
        tidy(source)
        == '''"""Doc."""

import datetime as dt

from django.db import models

import workspaces.fields
from workspaces.fields import CONSTANT, A, name

from .b import c


class X(models.Model):
    a = dt.date, A, name, CONSTANT, c, workspaces.fields.Z
'''
    )


@settings(max_examples=30)
@given(st.lists(texts, min_size=1, max_size=6))
def test_tidying_never_changes_a_program(labels):
    arguments = ", ".join(py(label) for label in labels)
    source = f"x = call({arguments}, other=[{arguments}])\n"
    assert ast.dump(ast.parse(tidy(source))) == ast.dump(ast.parse(source))


def test_a_long_import_stands_one_name_a_line():
    names = [f"name_number_{n}" for n in range(9)]
    source = f"from .b import {', '.join(names)}\nx = [{', '.join(names)}]\n"
    assert tidy(source).startswith("from .b import (\n    name_number_0,\n")


def test_an_empty_file_stays_empty():
    assert tidy("") == ""
    assert tidy("\n\n") == ""
