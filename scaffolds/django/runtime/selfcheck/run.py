"""Runs every check on this app and reports: `python -m selfcheck.run`.

In (environment): DATABASE_URL (the app's role), DATABASE_OWNER_URL, REPORT_URL and REPORT_NONCE; without REPORT_URL the
report is printed. Out: exit code 0 when every check passed. This process is the only one that knows the nonce and the
address of the report; it imports neither Django nor the business layer, and its children can't read its environment.
"""

import ctypes
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime

from selfcheck.children import plain_environment
from selfcheck.story import ALL_CHECKS, tell

SEALED = "--sealed"
ASKED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REPORT_URL",
    "REPORT_NONCE",
    "GENERATION_ID",
    "ROUND",
    "PREVIOUS_MIGRATIONS",
    "APPROVED_MIGRATIONS",
)
PR_SET_DUMPABLE = 4
MAX_FINDINGS = 150
PUT_TRIES = 4


def main():
    if SEALED not in sys.argv:
        seal()
    task = json.loads(os.read(int(sys.argv[sys.argv.index(SEALED) + 1]), 1 << 20))
    hide_from_children()
    started_at, started = datetime.now(UTC), time.monotonic()
    try:
        checks = tell(task)
    except Exception as error:  # a broken self-check is a failed report, never a missing one
        checks = [
            failed(id, f"the self-check broke: {type(error).__name__}: {error}")
            for id in ALL_CHECKS
        ]
    report = assemble(task, checks, started_at, round((time.monotonic() - started) * 1000))
    deliver(task, report)
    return 0 if report["passed"] else 1


def seal():
    """Start again with an empty environment: what a process was started with stays readable in /proc."""
    task = {name: os.environ.get(name, "") for name in ASKED}
    read_end, write_end = os.pipe()
    os.write(write_end, json.dumps(task).encode())
    os.close(write_end)
    os.set_inheritable(read_end, True)
    command = [sys.executable, "-m", "selfcheck.run", SEALED, str(read_end)]
    os.execve(sys.executable, command, plain_environment())  # noqa: S606 itself again


def hide_from_children():
    """Another process of the same user may neither trace this one nor read its memory (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def failed(id, message):
    finding = {
        "module": None,
        "file": None,
        "line": None,
        "rule": "broken",
        "message": message[:1500],
    }
    return {"id": id, "passed": False, "ms": 0, "facts": {}, "findings": [finding]}


def assemble(task, checks, started_at, ms):
    for check in checks:
        check["findings"] = check["findings"][:MAX_FINDINGS]
        check["ms"] = min(check["ms"], ms)
    return {
        "version": 1,
        "kind": "checks",
        "nonce": task["REPORT_NONCE"] or secrets.token_hex(16),
        "generation_id": task["GENERATION_ID"] or "local",
        "round": int(task["ROUND"] or 1),
        "started_at": started_at.isoformat(),
        "ms": ms,
        "passed": bool(checks) and all(check["passed"] for check in checks),
        "checks": checks,
    }


def deliver(task, report):
    text = json.dumps(report, ensure_ascii=False)
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        text = text.replace(task[name], f"<{name}>") if task[name] else text
    if not task["REPORT_URL"]:
        sys.stdout.write(text + "\n")
        return
    sys.stdout.write(summary(report))
    put(task["REPORT_URL"], text.encode())


def put(url, body):
    """The presigned address takes the report once; what the world does wrong is tried again."""
    for attempt in range(PUT_TRIES):
        request = urllib.request.Request(url, data=body, method="PUT")  # noqa: S310 the task's own address
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=20):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == PUT_TRIES - 1:
                raise
        except OSError:
            if attempt == PUT_TRIES - 1:
                raise
        time.sleep(2**attempt)


def summary(report):
    lines = [
        f"{'ok  ' if check['passed'] else 'FAIL'} {check['id']} {check['ms']} ms"
        for check in report["checks"]
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
