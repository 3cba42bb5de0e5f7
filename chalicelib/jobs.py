"""DOOR for work that nobody waits for: what comes off the job queue, and what the schedule brings every minute.

In: an SQS event with one message `{"job": name, …}`, or the schedule's event. Out: nothing; raising leaves the message
to be tried again, and after four times to the queue of what was given up. Callers: the Lambda `do_jobs`.
"""

from __future__ import annotations

from typing import Any

from chalicelib.wiring import Wires

Event = dict[str, Any]


def do(event: Event, wires: Wires) -> None:
    """Every job is safe to do twice: queues deliver at least once."""
