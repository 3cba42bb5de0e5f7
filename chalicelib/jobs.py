"""DOOR for work that nobody waits for: what comes off the job queue, and what the schedule brings every minute.

In: an SQS event with one message `{"job": name, …}`, or the schedule's event. Out: nothing; raising leaves the message
to be tried again, and after four times to the queue of what was given up. Callers: the Lambda `do_jobs`.
The surprise: the queue only makes things quicker. Each job finds its work in the database, so the minute's schedule does
what a lost message did not; a job that goes wrong there does not keep the others from their turn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from chalicelib.errors import InvalidRequest
from chalicelib.log import log
from chalicelib.wiring import Wires

Event = dict[str, Any]
Facts = Mapping[str, Any]
Job = Callable[[Facts, Wires], None]

SENDING_S: Final = 200
"""Of the Lambda's 300: the last letter may take its time."""
FORGOTTEN_AT_ONCE: Final = 1000


def do(event: Event, wires: Wires) -> None:
    """Every job is safe to do twice: queues deliver at least once."""
    if "Records" in event:
        for name, facts in messages(event):
            JOBS[name](facts, wires)
    else:
        do_each(EVERY_MINUTE, wires)


def messages(event: Event) -> Iterator[tuple[str, Facts]]:
    for record in event["Records"]:
        facts = json.loads(record["body"])
        name = facts.pop("job", None) if isinstance(facts, dict) else None
        if name not in JOBS:
            raise InvalidRequest(f"there is no job {name!r}")
        yield name, facts


def do_each(names: tuple[str, ...], wires: Wires) -> None:
    """All of them, then the first error."""
    failed: list[Exception] = []
    for name in names:
        try:
            JOBS[name]({}, wires)
        except Exception as error:
            log.exception("job_failed", extra={"job": name})
            failed.append(error)
    if failed:
        raise failed[0]


def mail(_facts: Facts, wires: Wires) -> None:
    from chalicelib.mail.sending import Office, send_letters

    until = time.monotonic() + SENDING_S
    office = Office(
        addressees=wires.addressees,
        tokens=wires.one_time_tokens,
        invitations=wires.invitation_links,
        mailer=wires.mailer,
        public_url=wires.settings.public_url,
    )
    outcomes = send_letters(wires.outbox, office, may_go_on=lambda: time.monotonic() < until)
    if outcomes:
        log.info("letters", extra={"outcomes": dict(outcomes)})


def forget(_facts: Facts, wires: Wires) -> None:
    """Links nobody opened, ended sessions, answers to repeat: whatever has expired."""
    if forgotten := wires.expiry.forget():
        log.info("expired_rows", extra={"count": forgotten})


JOBS: Final[dict[str, Job]] = {"mail": mail, "forget": forget}
EVERY_MINUTE: Final = ("mail", "forget")
"""These take no facts: they look for their work themselves."""
