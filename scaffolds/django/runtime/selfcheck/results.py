"""What a child tells its parent: one JSON line per finished check, on a pipe of its own."""

import json
import os
import sys
import time
from contextlib import contextmanager

MAX_FINDINGS = 100


class Check:
    """One check while it runs: what it counted, what it found."""

    def __init__(self, id):
        self.id = id
        self.facts = {}
        self.findings = []
        self._seen = set()

    def count(self, name, by=1):
        self.facts[name] = self.facts.get(name, 0) + by

    def find(self, rule, message, module=None, file=None, line=None):
        """The same fault is told once, however many attacks meet it."""
        key = (rule, message, module, file)
        if key in self._seen or len(self.findings) >= MAX_FINDINGS:
            return
        self._seen.add(key)
        self.findings.append(
            {
                "module": module,
                "file": file,
                "line": line,
                "rule": rule,
                "message": str(message)[:1500],
            }
        )


class Pipe:
    """The way back to the parent, taken out of the environment before anything else is imported."""

    def __init__(self):
        self._descriptor = int(os.environ.pop("RESULT_FD", "2"))
        self._token = os.environ.pop("RESULT_TOKEN", "")
        self.given = json.load(sys.stdin) if not sys.stdin.isatty() else {}

    def send(self, **message):
        line = json.dumps({"token": self._token, **message}, default=str) + "\n"
        data = line.encode()
        while data:
            data = data[os.write(self._descriptor, data) :]

    @contextmanager
    def check(self, id):
        """Time a check and send it. An exception is the check's failure, not the child's."""
        check, started = Check(id), time.monotonic()
        try:
            yield check
        except Exception as error:  # whatever the app threw is a finding of this check
            check.find("crashed", f"{type(error).__name__}: {error}", **place_of(error))
        ms = round((time.monotonic() - started) * 1000)
        self.send(check={"id": id, "ms": ms, "facts": check.facts, "findings": check.findings})


def place_of(error):
    """The innermost frame of the business layer that an exception passed through."""
    place, trace = {}, error.__traceback__
    while trace is not None:
        found = business_place(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        place = found or place
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        return business_place(error.filename, error.lineno) or place
    return place


def business_place(filename, line=None):
    """`/app/business/patient/views.py` → its module, path and line; None for other files."""
    _, found, rest = filename.replace(os.sep, "/").rpartition("/business/")
    if not found:
        return None
    parts = rest.split("/")
    module = parts[0] if len(parts) > 1 else None
    return {"module": module, "file": f"business/{rest}", "line": line}
