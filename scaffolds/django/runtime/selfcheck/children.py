"""Starting one child and hearing it out: its own process group, a time limit, bounded output, one pipe back.

Standard library only, and nothing of the app: this runs in the process that writes the report.
"""

import contextlib
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import time

MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_TAIL_CHARACTERS = 1200
KEPT = (
    "PATH",
    "PYTHONPATH",
    "LANG",
    "HOME",
    "TMPDIR",
    "TZ",
    "LANGUAGE_CODE",
    "LD_LIBRARY_PATH",
    "PYTHONPYCACHEPREFIX",
)


class Answer:
    """What one child said: its checks by id, what it hands on to later children, and its last words."""

    def __init__(self):
        self.checks = {}
        self.handed_on = {}
        self.problem = None
        self.tail = ""


def plain_environment():
    """What every child gets: how to find Python, nothing about the task."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "PYTHONHASHSEED": "0"}


def hear(module, allowed, given, environment, seconds):
    """Run `python -m selfcheck.<module>` and return its `Answer`; only the `allowed` check ids count."""
    answer, token = Answer(), secrets.token_hex(16)
    read_end, write_end = os.pipe()
    environment = plain_environment() | environment
    environment |= {"RESULT_FD": str(write_end), "RESULT_TOKEN": token}
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as question:
        question.write(json.dumps(given).encode())
        question.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", f"selfcheck.{module}"],
            stdin=question,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            pass_fds=(write_end,),
            start_new_session=True,
        )
        os.close(write_end)
        try:
            try:
                _take_in(answer, _lines(read_end, deadline), token, allowed)
            finally:
                os.close(read_end)  # who still talks now is not heard, and learns it
            _see_it_end(answer, process, deadline)
        finally:
            end_group(process)
        answer.tail = _tail(output)
    return answer


def end_group(process):
    """Nothing that a child started outlives it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _lines(descriptor, deadline):
    """Lines until the child closes its pipe, talks too much, or runs out of time."""
    data, taken = b"", 0
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([descriptor], [], [], left)
        piece = os.read(descriptor, 65536) if ready else b""
        taken += len(piece)
        if not piece or taken > MAX_ANSWER_BYTES:
            return
        *whole, data = (data + piece).split(b"\n")
        yield from whole


def _take_in(answer, lines, token, allowed):
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict) or message.get("token") != token:
            answer.problem = "said something that is not its result"
            return
        check = message.get("check")
        if isinstance(check, dict) and check.get("id") in allowed:
            answer.checks[check["id"]] = check
        if isinstance(message.get("hand_on"), dict):
            answer.handed_on |= message["hand_on"]


def _see_it_end(answer, process, deadline):
    try:
        code = process.wait(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        answer.problem = "did not end in time"
        return
    if code != 0:
        answer.problem = answer.problem or f"ended with code {code}"


def _tail(output):
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - 8192))
    return output.read().decode(errors="replace").strip()[-MAX_TAIL_CHARACTERS:]
