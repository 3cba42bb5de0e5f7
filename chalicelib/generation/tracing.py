"""Traceability of a run, kept and given out: written by each decision, read by the API and by the app's own source.

In: a run. Out: `Traceability`. Callers: the Decide stage, `RecordSuccess`, the HTTP door. The surprise: before the first
round was decided there is none yet, although the trace is known; then nothing was executed and every requirement is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chalicelib.errors import NotFound
from chalicelib.generation import keys
from chalicelib.generation.ports import ArtifactStore
from chalicelib.generation.records import AppStore, GenerationStore, run_identity
from chalicelib.generation.run import Run
from chalicelib.generation.stages import DOCUMENT_BYTES_MAX, design_of, mvs_of, traced
from chalicelib.generation.trace import Trace
from chalicelib.generation.traceability import NAME, Traceability, traceability
from chalicelib.generation.traceability_document import PATH, document
from chalicelib.mvs.requirements import requirements

NOTHING_EXECUTED: Mapping[str, Any] = {"checks": []}


def keep(
    run: Run,
    round_: int,
    trace: Trace,
    *,
    report: Mapping[str, Any],
    review: Mapping[str, Any],
    artifacts: ArtifactStore,
) -> None:
    """Of the last round, each time anew."""
    made = _made(run, trace, round_, report, review, artifacts=artifacts)
    artifacts.write(keys.document(run, NAME), made.to_json().encode())


def of_generation(
    tenant_id: UUID,
    generation_id: UUID,
    *,
    apps: AppStore,
    generations: GenerationStore,
    artifacts: ArtifactStore,
) -> Traceability:
    """Raises `NotFound` while nothing is designed yet."""
    generation = generations.read(tenant_id, generation_id)
    run = Run(**run_identity(apps.read(tenant_id, generation.app_id), generation))
    kept = _kept(run, artifacts)
    if kept is not None:
        return kept
    try:
        return _made(run, traced(run, artifacts), 1, NOTHING_EXECUTED, {}, artifacts=artifacts)
    except NotFound as error:
        raise NotFound(
            "Nothing is designed yet, so there is nothing to trace. Ask again later."
        ) from error


def told_in_source(run: Run, *, artifacts: ArtifactStore) -> dict[str, str]:
    """Path → text of what goes with the app's source."""
    kept = _kept(run, artifacts)
    return {} if kept is None else {PATH: document(kept, run.locale)}


def _kept(run: Run, artifacts: ArtifactStore) -> Traceability | None:
    try:
        text = artifacts.read(keys.document(run, NAME), DOCUMENT_BYTES_MAX)
    except NotFound:
        return None
    return Traceability.from_json(text)


def _made(
    run: Run,
    trace: Trace,
    round_: int,
    report: Mapping[str, Any],
    review: Mapping[str, Any],
    *,
    artifacts: ArtifactStore,
) -> Traceability:
    stated, design = requirements(mvs_of(run, artifacts)), design_of(run, artifacts)
    return traceability(stated, design, trace, round_=round_, report=report, review=review)
