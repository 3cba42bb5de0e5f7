"""Calls a deployed app's health route and reads which version answers.

In: the app's address. Out: `Answer`. Callers: `deployment/health.py`, through `AppProbe`.
The surprise: nothing an app does is an error here; silence is status 0 and nonsense is a version of "".
"""

from __future__ import annotations

import json

import urllib3

from chalicelib.deployment.plan import HEALTH_PATH
from chalicelib.deployment.ports import Answer

TIMEOUT = urllib3.Timeout(connect=2, read=3)
BODY_BYTES_MAX = 4096


class HttpAppProbe:
    def __init__(self) -> None:
        self._http = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    def ask(self, url: str) -> Answer:
        """A new connection every time: a kept one would go on talking to the version that is leaving."""
        try:
            answer = self._http.request(
                "GET",
                f"{url}{HEALTH_PATH}",
                headers={"Connection": "close", "Accept": "application/json"},
                preload_content=False,
                redirect=False,
            )
            body = answer.read(BODY_BYTES_MAX)
            answer.release_conn()
        except urllib3.exceptions.HTTPError:
            return Answer(status=0)
        return Answer(answer.status, _version(body))


def _version(body: bytes) -> str:
    try:
        return str(json.loads(body)["version"])
    except (ValueError, KeyError, TypeError):
        return ""
