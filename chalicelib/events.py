"""DOOR of what happens by itself: an object arrives in S3, a task stops, the clock strikes. Parse → one use case → reply.

In: events of S3, EventBridge and the schedule. Out: what became of each, for the log. Callers: the Lambdas in app.py.
The surprise: all of them come late, twice or in another order, and each is answered as if for the first time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from chalicelib.errors import InvalidRequest
from chalicelib.log import log

if TYPE_CHECKING:
    from chalicelib.generation.inbox import VerifiedReport
    from chalicelib.generation.keys import Arrival
    from chalicelib.generation.ports import Wait
    from chalicelib.wiring import Wires

Event = Mapping[str, Any]


# what nobody drives any more


def sweep(event: Event, wires: Wires) -> Any:
    """`quiet_s` 0: whoever asks knows that no Lambda of an ended run is at work."""
    from chalicelib.deployment.sweep import sweep as look_after
    from chalicelib.tasks import tidying

    outcomes = look_after(
        int(event.get("quiet_s", wires.settings.sweep_quiet_s)),
        datetime.now(UTC),
        watch=wires.watch_list,
        apps=wires.apps,
        generations=wires.generations,
        artifacts=wires.artifacts,
        runs=wires.runs,
        machine=wires.machine,
        clean_up=tidying(wires),
    )
    log.info("swept", extra={"outcomes": outcomes})
    return {"outcomes": outcomes}


def task_stopped(event: Event, wires: Wires) -> Any:
    """EventBridge tells of a task that stopped, once or more, perhaps before its report has arrived."""
    from chalicelib.deployment import stopped

    detail = event.get("detail") or {}
    codes = [each.get("exitCode") for each in detail.get("containers") or []]
    told = stopped.Stopped(
        started_by=str(detail.get("startedBy", "")),
        exit_code=codes[0] if codes else None,
        reason=str(detail.get("stoppedReason", "")),
    )
    outcome = stopped.task_stopped(
        told, artifacts=wires.artifacts, runs=wires.runs, machine=wires.machine
    )
    log.info("task_stopped", extra={"task": told.started_by, "outcome": outcome})
    return {"outcome": outcome}


# what arrives in the inbox


def process_artifact(event: Event, wires: Wires) -> Any:
    """S3 tells of any number of objects at once, twice or late; a key of nobody's is left alone."""
    outcomes = {key: _arrived(key, wires) for key in _object_keys(event)}
    for key, outcome in outcomes.items():
        log.info("artifact_processed", extra={"key": key, "outcome": outcome})
    return {"outcomes": outcomes}


def _arrived(key: str, wires: Wires) -> str:
    from chalicelib.generation import inbox, keys

    arrival = keys.arrival(key)
    if arrival is None:
        return "unknown_key"
    settings = wires.settings
    return inbox.accept(
        arrival,
        artifacts=wires.artifacts,
        runs=wires.runs,
        machine=wires.machine,
        verify=_verified,
        limits=inbox.Limits(settings.bundle_bytes_max, settings.report_bytes_max),
    )


def _verified(content: bytes, arrival: Arrival, wait: Wait) -> VerifiedReport:
    from chalicelib.checks.report import Expected, verify

    if arrival.kind == "bundle":
        raise InvalidRequest("A bundle is not a report.")
    expected = Expected(
        kind=arrival.kind,
        nonce=wait.nonce,
        generation_id=arrival.generation_id,
        round=arrival.round,
        asked_at=datetime.fromtimestamp(wait.opened_ms / 1000, UTC),
        now=datetime.now(UTC),
    )
    return verify(content, expected)


# what arrives among the uploads


def read_spreadsheet(event: Event, wires: Wires) -> Any:
    """A file was uploaded to a conversation; a key of nobody's is left alone."""
    from chalicelib.discovery.imports import accept

    bytes_max = wires.settings.spreadsheet_bytes_max
    outcomes = {
        key: accept(key, bytes_max=bytes_max, files=wires.artifacts) for key in _object_keys(event)
    }
    for key, outcome in outcomes.items():
        log.info("spreadsheet_read", extra={"key": key, "outcome": outcome})
    return {"outcomes": outcomes}


def _object_keys(event: Event) -> list[str]:
    """Each once. S3 writes keys as in a URL's query."""
    records = event.get("Records") or []
    found = (record.get("s3", {}).get("object", {}).get("key", "") for record in records)
    return list(dict.fromkeys(unquote_plus(key) for key in found if key))
