"""The process that writes the report believes its children no more than it must."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chalicelib.checks.report import MANDATORY, Report

RUNTIME = Path(__file__).resolve().parents[2] / "scaffolds" / "django" / "runtime"
SELFCHECK = RUNTIME / "selfcheck"
PARENT = ("run.py", "story.py", "children.py")
JUDGES = (
    "api_attack.py",
    "app_boots.py",
    "catalog.py",
    "database_attack.py",
    "over_http.py",
    "policies.py",
    "results.py",
    "secret_shapes.py",
    "source.py",
    "ui_attack.py",
    "web.py",
    "world.py",
)
CHILD = """
from selfcheck.results import Pipe
pipe = Pipe()
"""


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("name", PARENT)
def test_the_parent_imports_the_standard_library_alone(name: str) -> None:
    assert imports_of(SELFCHECK / name) <= set(sys.stdlib_module_names) | {"selfcheck"}


@pytest.mark.parametrize("name", JUDGES)
def test_who_judges_isolation_imports_nothing_of_the_app(name: str) -> None:
    allowed = set(sys.stdlib_module_names) | {"selfcheck", "psycopg"}
    assert imports_of(SELFCHECK / name) <= allowed


def test_both_sides_know_the_same_shapes_of_secrets() -> None:
    ours = Path(__file__).resolve().parents[2] / "chalicelib" / "checks" / "secret_shapes.py"
    assert (SELFCHECK / "secret_shapes.py").read_bytes() == ours.read_bytes()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the self-check whose children a test may replace."""
    shutil.copytree(SELFCHECK, tmp_path / "selfcheck", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield tmp_path / "selfcheck"
    for name in [name for name in sys.modules if name.split(".")[0] == "selfcheck"]:
        del sys.modules[name]


@pytest.fixture
def children(package: Path) -> ModuleType:
    from selfcheck import children

    return children  # type: ignore[no-any-return]


def heard(package: Path, children: ModuleType, code: str, seconds: float = 20) -> Any:
    (package / "fake.py").write_text(code, encoding="utf-8")
    return children.hear("fake", ("app.tests",), {"said": "hello"}, {}, seconds)


def test_a_child_that_answers_is_heard(package: Path, children: ModuleType) -> None:
    code = CHILD + "with pipe.check('app.tests') as check:\n    check.count(pipe.given['said'])\n"
    answer = heard(package, children, code)
    assert answer.problem is None
    assert answer.checks["app.tests"]["facts"] == {"hello": 1}


def test_a_child_that_dies_is_a_problem(package: Path, children: ModuleType) -> None:
    answer = heard(package, children, CHILD + "raise SystemExit(3)\n")
    assert (answer.problem, answer.checks) == ("ended with code 3", {})


def test_a_check_that_raises_is_a_finding_of_that_check(
    package: Path, children: ModuleType
) -> None:
    answer = heard(package, children, CHILD + "with pipe.check('app.tests'):\n    1 / 0\n")
    (finding,) = answer.checks["app.tests"]["findings"]
    assert finding["rule"] == "crashed"


def test_nobody_answers_for_another_check(package: Path, children: ModuleType) -> None:
    answer = heard(package, children, CHILD + "with pipe.check('isolation.policies'): pass\n")
    assert answer.checks == {}


@pytest.mark.parametrize("line", ["not json", '{"token": "guess", "check": {"id": "app.tests"}}'])
def test_a_line_without_the_token_is_a_problem(
    package: Path, children: ModuleType, line: str
) -> None:
    code = CHILD + f"import os\nos.write(pipe._descriptor, {line!r}.encode() + b'\\n')\n"
    answer = heard(package, children, code)
    assert answer.problem == "said something that is not its result"
    assert answer.checks == {}


def test_a_child_that_does_not_end_is_ended_with_all_it_started(
    package: Path, children: ModuleType, tmp_path: Path
) -> None:
    code = CHILD + (
        "import subprocess, sys, time\n"
        "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(other.pid))\n"
        "time.sleep(60)\n"
    )
    started = time.monotonic()
    answer = heard(package, children, code, seconds=2)
    assert answer.problem == "did not end in time"
    assert time.monotonic() - started < 20
    other = int((tmp_path / "pid").read_text())
    while runs(other) and time.monotonic() - started < 20:
        time.sleep(0.01)
    assert not runs(other)


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def test_a_child_that_talks_without_end_is_cut_off(package: Path, children: ModuleType) -> None:
    code = CHILD + (
        "import os\n"
        "while True:\n"
        "    try: os.write(pipe._descriptor, b'x' * 65536)\n"
        "    except OSError: raise SystemExit(1)\n"
    )
    answer = heard(package, children, code, seconds=5)
    assert answer.problem
    assert answer.checks == {}


def test_children_get_nothing_of_the_tasks_environment(
    package: Path, children: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORT_NONCE", "secret")
    code = CHILD + "import os\npipe.send(hand_on={'names': sorted(os.environ)})\n"
    names = heard(package, children, code).handed_on["names"]
    assert "REPORT_NONCE" not in names
    assert "RESULT_TOKEN" not in names


def test_a_child_cannot_read_what_the_parent_was_started_with(package: Path) -> None:
    (package / "source.py").write_text(
        CHILD
        + "import os\n"
        + "seen = open(f'/proc/{os.getppid()}/environ').read()\n"
        + "with pipe.check('source.compiles') as check:\n"
        + "    check.facts['seen'] = int('NONCE' in seen or 'http' in seen)\n"
        + "    check.facts['looked'] = 1\n",
        encoding="utf-8",
    )
    for name in ("inside", "migrate"):
        (package / f"{name}.py").write_text("raise SystemExit(1)\n", encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(package.parent)}
    environment |= {"REPORT_NONCE": "n" * 32, "GENERATION_ID": "g", "ROUND": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "selfcheck.run"],
        env=environment,
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    report = Report.model_validate_json(done.stdout)
    facts = {check.id: check.facts for check in report.checks}["source.compiles"]
    assert facts == {"seen": 0, "looked": 1}
    assert done.returncode == 1
    assert {check.id for check in report.checks} == MANDATORY["checks"]


ODD_ANSWERS = [
    {"id": "app.tests", "findings": "everything"},
    {"id": "app.tests", "findings": [7], "ms": "fast", "facts": []},
    {"id": "app.tests", "findings": [{"rule": "Ü", "module": "../x", "line": -1, "file": 5}]},
    {"id": "app.tests", "findings": [{"message": "x" * 100_000}], "facts": {"A B": 1, "n": -1}},
    {"id": "app.tests", "facts": {"ran": ["y" * 9000] * 3000}},
]


@pytest.mark.parametrize("said", ODD_ANSWERS)
def test_an_odd_answer_is_cut_to_the_shape_of_the_report(
    package: Path, said: dict[str, Any]
) -> None:
    from selfcheck.children import Answer
    from selfcheck.run import assemble
    from selfcheck.story import Story, _verdict

    answer = Answer()
    answer.checks["app.tests"] = said
    story = Story({"DATABASE_URL": ""}, frozenset())
    story.answers["business_tests"] = answer
    check = _verdict(story, "business_tests", "app.tests")
    task = {"REPORT_NONCE": "n" * 32, "GENERATION_ID": "g", "ROUND": "1"}
    from datetime import UTC, datetime

    report = assemble(task, [check], datetime.now(UTC), 5)
    assert Report.model_validate_json(json.dumps(report)).passed is check["passed"]


class Inbox(BaseHTTPRequestHandler):
    answers: list[int] = []
    taken: list[bytes] = []

    def do_PUT(self) -> None:
        self.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.answers.pop(0))
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def inbox() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Inbox)
    Inbox.answers, Inbox.taken = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/key"
    server.shutdown()
    server.server_close()


def test_the_report_is_put_again_when_the_world_is_busy(
    package: Path, inbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from selfcheck import run

    monkeypatch.setattr(run.time, "sleep", lambda seconds: None)
    Inbox.answers = [503, 200]
    run.put(inbox, b"{}")
    assert Inbox.taken == [b"{}", b"{}"]


def test_a_refused_report_is_not_put_again(package: Path, inbox: str) -> None:
    from urllib.error import HTTPError

    from selfcheck import run

    Inbox.answers = [403]
    with pytest.raises(HTTPError) as caught:
        run.put(inbox, b"{}")
    caught.value.close()
    assert len(Inbox.taken) == 1


def test_the_form_of_a_row_is_found_beside_larger_ones_of_the_page(package: Path) -> None:
    from selfcheck.web import main_form

    language = (
        '<form method="post"><input name="next" value="/"><input name="language" value="es"></form>'
    )
    row = '<form method="post"><input name="csrfmiddlewaretoken" value="x"><input name="title" value="A"></form>'
    assert main_form(language + row, ["id", "title"]) == {"title": "A"}
    assert main_form(language, ["title"]) == {"next": "/", "language": "es"}
