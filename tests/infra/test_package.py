"""What goes to AWS is the program and nothing around it."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest

from infra import package


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in deployment.zip, but for the packages of requirements.txt: those take half a minute."""
    project = tmp_path_factory.mktemp("project")
    package.lay_out_project(project, with_requirements=True)
    (project / "requirements.txt").write_text("")
    package.run_chalice(project, "prod")
    with zipfile.ZipFile(project / "out" / "deployment.zip") as archive:
        return set(archive.namelist())


def test_the_bundle_holds_the_program_and_the_scaffolds_only(shipped: set[str]) -> None:
    assert {name.split("/")[0] for name in shipped} == {
        "app.py",
        "chalice",
        "chalicelib",
        "scaffolds",
    }
    assert "chalicelib/http/endpoint.py" in shipped


def test_it_holds_no_history_no_tests_no_tools_of_ours_and_nothing_they_left(
    shipped: set[str],
) -> None:
    around = re.compile(
        r"(^|/)(\.git|\.chalice|\.fragua|\.env|\.venv|\.[a-z]+_cache|__pycache__)(/|$)|\.pyc$"
    )
    assert [name for name in shipped if around.search(name)] == []
    ours = [name for name in shipped if not name.startswith("scaffolds/")]
    assert [name for name in ours if re.search(r"(^|/)(tests?|test_\w+|conftest)(/|\.py$)", name)] == []  # fmt: skip


def test_what_tools_left_in_a_scaffold_stays_at_home(tmp_path: Path) -> None:
    tree = tmp_path / "from"
    for name in (".git/config", ".ruff_cache/x", "__pycache__/a.pyc", ".env", "manage.py"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()
    shutil.copytree(tree, tmp_path / "to", ignore=shutil.ignore_patterns(*package.LEFT_BEHIND))
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["manage.py"]
