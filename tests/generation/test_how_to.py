"""The recipe for a new template, followed to the letter."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.checks.rules import source_findings
from chalicelib.generation import scaffold
from chalicelib.generation.plan import plan
from chalicelib.mvs.reading import read_mvs
from tests.generation.business import DENTAL, example, names
from tests.mvs.hostile import ACCEPTED_HOSTILE

RECIPE = Path("docs/how-to/add-a-scaffold-template.md").read_text()


def snippet(language):
    indented = re.search(rf"^   ```{language}\n(.*?)^   ```$", RECIPE, re.DOTALL | re.MULTILINE)[1]
    return "".join(line.removeprefix("   ") for line in indented.splitlines(keepends=True))


@pytest.fixture
def followed(tmp_path, monkeypatch):
    templates = tmp_path / "templates"
    shutil.copytree(scaffold.TEMPLATES, templates)
    (templates / "module/counts.py.jinja").write_text(snippet("jinja"))
    monkeypatch.setattr(scaffold, "TEMPLATES", templates)
    monkeypatch.setattr(scaffold, "MODULE_FILES", (*scaffold.MODULE_FILES, "counts.py"))
    for language, words in ast.literal_eval(snippet("python")).items():
        monkeypatch.setitem(scaffold.WORDS, language, scaffold.WORDS[language] | words)
    scaffold._environment.cache_clear()
    yield
    scaffold._environment.cache_clear()


def test_the_recipes_template_counts_what_has_a_state(followed):
    text = scaffold.compile_app(example(DENTAL))["business/appointment/counts.py"]
    assert text.startswith('"""Cuántas filas hay en cada estado."""')
    assert "def appointment_by_state():" in text


@pytest.mark.parametrize("name", names())
def test_the_recipes_template_gives_code_that_is_formatted_and_clean(followed, name, tmp_path):
    tree = scaffold.compile_app(example(name))
    written = [path for path in tree if path.endswith("/counts.py")]
    for path in written:
        (tmp_path / path.replace("/", "_")).write_text(tree[path])
    for command in (["format", "--diff"], ["check", "--select=E,F,I", "--ignore=E501"]):
        line = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length=100"]
        done = subprocess.run([*line, *tmp_path.glob("*.py")], capture_output=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
    assert written


def test_the_recipes_template_stands_every_hostile_text(followed, monkeypatch):
    monkeypatch.setattr(scaffold, "MODULE_FILES", ("counts.py",))
    for data in dict(ACCEPTED_HOSTILE).values():
        mvs = read_mvs(data)
        modules = [module.name for module in plan(mvs).modules]
        assert list(source_findings(scaffold.compile_app(mvs), modules)) == []
