"""A rule in words that became code, run for real: its test passes with it and fails without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from chalicelib.generation import scaffold
from tests.agents.business import BASELINE, DESIGN, RULES, written
from tests.generation.test_compiled_apps import NOT_CODE, RUNTIME, database

WRITTEN = {each.path: each.text for each in written().files}


@pytest.fixture(scope="module")
def place(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("coded") / "app"
    shutil.copytree(RUNTIME, folder, ignore=NOT_CODE)
    tree = scaffold.app_files(DESIGN).merge(BASELINE).merge(WRITTEN)
    tree = tree.merge(scaffold.module_files(DESIGN, DESIGN.module("patient")))
    for path, text in tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    with database(postgres, "coded_rules") as urls:
        yield (
            folder,
            {
                **urls,
                "PATH": os.environ["PATH"],
                "SECRET_KEY": "x" * 50,
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )


def run_tests(folder, environment):
    return subprocess.run(
        [sys.executable, "manage.py", "test", "business.visit.tests.test_rules"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_coded_rule_is_kept_by_the_running_app_and_its_test_notices_when_it_is_gone(place):
    folder, environment = place
    done = run_tests(folder, environment)
    assert done.returncode == 0, done.stderr
    (folder / RULES).write_text(BASELINE[RULES])
    undone = run_tests(folder, environment)
    assert undone.returncode == 1
    assert "test_one_visit_a_day" in undone.stderr
    assert "failures=1" in undone.stderr
