"""The queue of work that nobody waits for (SQS): letters to send, exports to write.

In: a job of chalicelib/jobs.py and the ids it needs. Out: nothing. Callers: doors, after they posted a letter or noted
what is to be done. The surprise: it is a nudge, not a promise. What must happen is a row first; the schedule finds the
rows whose nudge was lost, so a queue that does not answer never breaks a request. Inside a `unit` the nudge waits for
the commit: before it, whoever is nudged would find nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from chalicelib.adapters.aws import client, speaking_to
from chalicelib.adapters.database import UNIT
from chalicelib.errors import PlatformError
from chalicelib.log import log
from chalicelib.settings import Settings

PATIENCE_S: Final = 2


class JobQueue:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def put(self, job: str, **facts: Any) -> None:
        """Never raises for what the world does; `job_not_queued` is logged instead."""
        after_commit(lambda: self._send(job, facts))

    def _send(self, job: str, facts: dict[str, Any]) -> None:
        if not self._settings.job_queue_url:
            return
        text = json.dumps({"job": job, **facts}, default=str)
        try:
            with speaking_to("SQS"):
                self._sqs.send_message(QueueUrl=self._settings.job_queue_url, MessageBody=text)
        except PlatformError as error:
            log.warning("job_not_queued", extra={"job": job, "reason": error.detail})

    @cached_property
    def _sqs(self) -> Any:
        return client(self._settings, "sqs", patience_s=PATIENCE_S, attempts=1)


def after_commit(nudge: Callable[[], None]) -> None:
    unit = UNIT.get()
    if unit is None:
        nudge()
    else:
        unit.afterwards(nudge)
