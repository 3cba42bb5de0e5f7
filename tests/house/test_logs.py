"""Every event that the platform logs is in docs/security/logs.md with its fields, and no value can make a line of its own."""

import ast
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.http import problems
from chalicelib.log import log
from tests.door import api, app, world  # noqa: F401

DOCUMENT = Path("docs/security/logs.md")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", DOCUMENT.read_text(), re.MULTILINE))
HOSTILE = '/v1/apps"}\n{"level": "INFO", "message": "signed_in"}\r\n\x00\x1b[2J'


def lines_written():
    """What each call of the logger names: its event's expression, its level, the fields that stand in it."""
    for path in sorted(Path("chalicelib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and re.fullmatch(
                rf"log\.({'|'.join(LEVELS)})", ast.unparse(node.func)
            ):
                named = {one.arg for one in node.keywords} - {"extra"}
                kept = {
                    key.value
                    for one in node.keywords
                    if isinstance(one.value, ast.Dict)
                    for key in one.value.keys
                    if isinstance(key, ast.Constant)
                }
                yield f"{path}:{node.lineno}", node.args, node.func.attr, named | kept


WRITTEN = list(lines_written())


@pytest.fixture
def written(monkeypatch):
    """What the logger of the platform, with the format it has in Lambda, puts out."""
    stream = io.StringIO()
    monkeypatch.setattr(log.registered_handler, "stream", stream)
    return lambda: stream.getvalue().split("\n")[:-1]


def test_an_event_is_a_constant_name():
    strange = [
        where
        for where, args, *_ in WRITTEN
        if len(args) != 1
        or not isinstance(args[0], ast.Constant)
        or not re.fullmatch("[a-z_]+", args[0].value)
    ]
    assert WRITTEN
    assert strange == []


def test_the_document_lists_the_events_that_are_written_and_no_others():
    assert set(ROWS) == {args[0].value for _, args, *_ in WRITTEN}


def test_the_document_says_at_which_level_and_with_which_fields():
    for where, args, level, fields in WRITTEN:
        row = ROWS[args[0].value]
        assert level.replace("exception", "error") in row.split(" | ")[0], where
        assert [field for field in fields if f"`{field}`" not in row] == [], where


def test_there_is_one_logger_and_nothing_is_printed():
    others = {
        str(path)
        for path in Path("chalicelib").rglob("*.py")
        if re.search(
            r"^\s*(import logging|from logging)|\bprint\(|Logger\(", path.read_text(), re.MULTILINE
        )
    }
    assert others == {"chalicelib/log.py"}


def test_a_line_is_json_with_its_time_and_zone(written):
    log.info("signed_in", extra={"amr": ["pwd"]})
    (line,) = written()
    told = json.loads(line)
    assert (told["message"], told["level"], told["amr"]) == ("signed_in", "INFO", ["pwd"])
    assert re.search(r"([+-]\d{4}|Z)$", told["timestamp"])


def test_nobody_can_forge_a_line(written):
    log.warning("refused", extra={"instance": HOSTILE})
    log.warning("unavailable", reason=HOSTILE)
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        problems.unexpected(error, instance=HOSTILE)
    told = [json.loads(line) for line in written()]
    assert [one["message"] for one in told] == ["refused", "unavailable", "unexpected_error"]
    assert (told[0]["instance"], told[1]["reason"]) == (HOSTILE, HOSTILE)


def test_nobody_can_forge_a_line_through_the_door(api, written):  # noqa: F811
    forged = "/v1/apps%0A%7B%22message%22%3A%22signed_in%22%7D"
    headers = {"X-Request-Id": "a\\n{}", "User-Agent": '"}\\n{"message": "signed_in"}'}
    api("GET", "/v1/apps?" + forged, key="x", headers=headers)
    api("GET", "/v1/apps/" + forged[4:], key="x", headers=headers)
    assert {json.loads(line)["message"] for line in written()} == {"refused"}


def test_the_front_door_leaves_the_log_as_it_is():
    """Chalice would give the logger of the same name a handler of its own and let errors pass only."""
    code = "import app; from chalicelib.log import log as l; print(l.log_level, len(l._logger.handlers))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["20", "1"]
