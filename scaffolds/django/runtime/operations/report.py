"""One-off commands say how they went: a JSON report, PUT to REPORT_URL when there is one."""

import functools
import json
import os
import time
import urllib.request
from datetime import UTC, datetime


def reported(kind):
    """Wraps a command's `handle`: what it returns are the report's facts, an exception makes it a failing one."""

    def wrap(handle):
        @functools.wraps(handle)
        def run(command, *args, **options):
            url = os.environ.pop("REPORT_URL", "")
            begun, started_at = time.monotonic(), datetime.now(UTC)
            passed, facts = False, {}
            try:
                facts = handle(command, *args, **options) or {}
                passed = True
            except Exception as error:
                facts = {"error": f"{type(error).__name__}: {error}"[:2000]}
                raise
            finally:
                send(url, envelope(kind, started_at, time.monotonic() - begun, passed, facts))

        return run

    return wrap


def envelope(kind, started_at, seconds, passed, facts):
    return {
        "version": 1,
        "kind": kind,
        "nonce": os.environ.get("REPORT_NONCE", ""),
        "generation_id": os.environ.get("GENERATION_ID", ""),
        "round": int(os.environ.get("ROUND", "1")),
        "started_at": started_at.isoformat(),
        "ms": round(seconds * 1000),
        "passed": passed,
        "checks": [],
        "facts": facts,
    }


def send(url, report):
    if not url.startswith(("https://", "http://")):
        return
    body = json.dumps(report).encode()
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url, data=body, method="PUT", headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
