"""From an approved conversation to an app: judged complete enough, or wanted anyway.

In: a discovery of the caller's own tenant. Out: the app. Callers: the HTTP door, which then starts a generation. The
surprise: approving twice gives the same app, so a lost answer costs nothing.
"""

from __future__ import annotations

from typing import Final, NoReturn
from uuid import UUID

from chalicelib.discovery import conversation
from chalicelib.discovery.answering import Background
from chalicelib.discovery.import_records import ImportStore
from chalicelib.discovery.import_rows import carry
from chalicelib.discovery.imports import Files, settled
from chalicelib.discovery.ports import DiscoveryStore
from chalicelib.discovery.records import Discovery
from chalicelib.errors import Conflict
from chalicelib.generation.records import App, AppStore
from chalicelib.mvs.completeness import completeness
from chalicelib.mvs.reading import read_mvs

AWAITED: Final = {
    "en": "The spreadsheet {name} is still to be read. Build it without?",
    "es": "La hoja {name} está aún por leer. ¿Se construye sin ella?",
}


def approve(
    tenant_id: UUID,
    discovery_id: UUID,
    *,
    version: int,
    anyway: bool,
    by: str,
    discoveries: DiscoveryStore,
    background: Background,
    imports: ImportStore,
    files: Files,
    apps: AppStore,
) -> App:
    """Raises `Conflict` when the MVS moved, is not there yet, or lacks something nobody said to build without: a file
    that was announced and not read yet too.

    The rows of the conversation's spreadsheets are put beside the app; its first version begins with them.
    """
    discovery = conversation.read(
        tenant_id, discovery_id, discoveries=discoveries, background=background
    )
    if discovery.is_open:
        awaited = _awaited(discovery, discoveries=discoveries, imports=imports, files=files)
        if awaited and not anyway:
            refuse_without(awaited, discovery)
        if not anyway:
            refuse_the_incomplete(discovery)
    approved = discoveries.approve(tenant_id, discovery_id, version=version, by=by)
    assert approved.app_id is not None  # a constraint of the table
    app = apps.read(tenant_id, approved.app_id)
    if app.live_generation_id is None:
        mvs = apps.mvs(tenant_id, app.id)
        carry(tenant_id, discovery_id, app.id, mvs, imports=imports, files=files)
    return app


def _awaited(
    discovery: Discovery, *, discoveries: DiscoveryStore, imports: ImportStore, files: Files
) -> list[str]:
    """Files that nobody has read yet. What was read meanwhile is merged, and so not left behind."""
    known = imports.all(discovery.tenant_id, discovery.id)
    now = [settled(one, discoveries=discoveries, imports=imports, files=files) for one in known]
    return [one.filename for one in now if one.status == "waiting"]


def refuse_without(files: list[str], discovery: Discovery) -> NoReturn:
    question = AWAITED[discovery.locale]
    raise Conflict(
        f"A spreadsheet is still to be read: {', '.join(files)}. Wait for it, or approve without it, anyway.",
        missing=[{"key": "imports", "question": question.format(name=name)} for name in files],
    )


def refuse_the_incomplete(discovery: Discovery) -> None:
    if discovery.mvs is None:
        raise Conflict("There is nothing to approve yet. Say what the business does.")
    how = completeness(read_mvs(discovery.mvs, language=discovery.locale), discovery.locale)
    if not how.is_enough:
        raise Conflict(
            f"The MVS is at {how.score} of 100, and is offered for approval from {how.threshold}. "
            "Answer what is missing, or approve it anyway.",
            score=how.score,
            threshold=how.threshold,
            missing=[{"key": one.key, "question": one.question} for one in how.missing],
        )
