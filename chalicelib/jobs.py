"""DOOR for work that nobody waits for: what comes off the job queue, and what the schedule brings every minute.

In: an SQS event with one message `{"job": name, …}`, such a message alone from a rule of its own, or the minute's event.
Out: nothing; raising leaves the message to be tried again, and after four times to the queue of what was given up.
Callers: the Lambda `do_jobs`.
The surprise: the queue only makes things quicker. Each job finds its work in the database, so the minute's schedule does
what a lost message did not; a job that goes wrong there does not keep the others from their turn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from chalicelib import jobs_billing
from chalicelib.errors import InvalidRequest
from chalicelib.jobs_billing import Facts
from chalicelib.log import log
from chalicelib.wiring import Wires

Event = dict[str, Any]
Job = Callable[[Facts, Wires], None]

SENDING_S: Final = 200
"""Of the Lambda's 300: the last letter may take its time."""
TENANT_JOB_LEASE_S: Final = 900
"""Longer than the Lambda may take, twice: a message that was lost is sent again after it."""
SUBJECT: Final = {
    "export": "export_id",
    **dict.fromkeys(("purge", "billing", "meter"), "organization_id"),
}


def do(event: Event, wires: Wires) -> None:
    """Every job is safe to do twice: queues deliver at least once."""
    if "Records" in event:
        for name, facts in messages(event):
            JOBS[name](facts, wires)
    elif "job" in event:
        name, facts = asked(event)
        JOBS[name](facts, wires)
    else:
        do_each(EVERY_MINUTE, wires)


def messages(event: Event) -> Iterator[tuple[str, Facts]]:
    for record in event["Records"]:
        yield asked(json.loads(record["body"]))


def asked(message: Any) -> tuple[str, Facts]:
    facts = dict(message) if isinstance(message, dict) else {}
    name = facts.pop("job", None)
    if name not in JOBS:
        raise InvalidRequest(f"there is no job {name!r}")
    return str(name), facts


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
    """Links nobody opened, ended sessions, answers to repeat, events that Stripe sends no more: whatever has expired."""
    if forgotten := wires.expiry.forget() + wires.stripe_events.forget():
        log.info("expired_rows", extra={"count": forgotten})


def tenant_jobs(_facts: Facts, wires: Wires) -> None:
    """Exports, deletions, billing that are due, each as a message of its own: one that takes long holds up no other."""
    for due in wires.deletions.take(TENANT_JOB_LEASE_S):
        wires.jobs.put(due.job, tenant_id=due.tenant_id, **{SUBJECT[due.job]: due.subject_id})


def export(facts: Facts, wires: Wires) -> None:
    """`tenant_id`, `export_id`."""
    from chalicelib.tenancy import exports

    outcome = exports.write(
        UUID(facts["tenant_id"]),
        UUID(facts["export_id"]),
        exports=wires.exports,
        files=wires.files,
    )
    log.info("export", extra={"export_id": facts["export_id"], "outcome": outcome})


def purge(facts: Facts, wires: Wires) -> None:
    """`tenant_id`. Raises `CloudBusy` while a run is still being stopped; the schedule brings it back."""
    from chalicelib.billing.closing import Closing
    from chalicelib.deployment.removal import Removal
    from chalicelib.tenancy import deletion

    tenant_id = UUID(facts["tenant_id"])
    outcome = deletion.purge(
        tenant_id,
        deletions=wires.deletions,
        remove_app=Removal(
            tenant_id=tenant_id,
            now=datetime.now(UTC),
            settings=wires.settings,
            containers=wires.containers,
            routes=wires.routes,
            databases=wires.app_databases,
            secrets=wires.secrets,
            images=wires.images,
            generations=wires.generations,
            runs=wires.runs,
            machine=wires.machine,
        ),
        files=wires.files,
        model_keys=wires.model_keys,
        close_customer=Closing(accounts=wires.billing_steps, books=lambda: wires.books),
    )
    log.info("purge", extra={"tenant_id": facts["tenant_id"], "outcome": outcome})


JOBS: Final[dict[str, Job]] = {
    "mail": mail,
    "forget": forget,
    "tenant_jobs": tenant_jobs,
    "export": export,
    "purge": purge,
    "billing": jobs_billing.billing,
    "meter": jobs_billing.meter,
    "reconcile": jobs_billing.reconcile,
    "reconcile_all": jobs_billing.reconcile_all,
    "prices": jobs_billing.prices,
    "dispute": jobs_billing.dispute,
}
EVERY_MINUTE: Final = ("mail", "forget", "tenant_jobs")
"""These take no facts: they look for their work themselves."""
