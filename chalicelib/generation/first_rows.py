"""The rows that an app begins with: kept with the run, named as the app names them, reported when they are in.

In: what an approval left beside the app. Out: documents of the run. Callers: `lifecycle`, the stages of deployment. The surprise:
rows never become part of the source: people's data has no place in an image, in `source.zip`, or in what an engine reads. The
task that hands the app over fetches them by an address that is good for minutes.
"""

from __future__ import annotations

import json
from typing import Any, Final

from chalicelib.discovery.import_records import app_rows_key
from chalicelib.errors import NotFound
from chalicelib.generation import keys
from chalicelib.generation.app_design import AppDesign
from chalicelib.generation.ports import ArtifactStore
from chalicelib.generation.recording import write_json
from chalicelib.generation.run import Run

ROWS_BYTES_MAX: Final = 20 * 1024 * 1024
KEPT, NAMED, REPORT = "rows.json", "rows-named.json", "import.json"
FACTS: Final = ("rows_loaded", "rows_skipped", "rows_left", "rows_faults")


def keep(run: Run, *, artifacts: ArtifactStore) -> None:
    """The rows as they are when a run begins. An app without any has nothing kept."""
    source = app_rows_key(run.tenant_id, run.app_id)
    if artifacts.exists(source) and not artifacts.exists(keys.document(run, KEPT)):
        artifacts.write(keys.document(run, KEPT), artifacts.read(source, ROWS_BYTES_MAX))


def are_kept(run: Run, *, artifacts: ArtifactStore) -> bool:
    return artifacts.exists(keys.document(run, KEPT))


def name(run: Run, design: AppDesign, *, artifacts: ArtifactStore) -> None:
    """The same rows with the app's own names in them, for the task that loads them."""
    try:
        rows = json.loads(artifacts.read(keys.document(run, KEPT), ROWS_BYTES_MAX))
    except NotFound:
        return
    text = json.dumps(named(rows, design), ensure_ascii=False, separators=(",", ":"))
    artifacts.write(keys.document(run, NAMED), text.encode())


def link(run: Run, *, artifacts: ArtifactStore) -> str:
    """An address of the named rows, good for minutes; empty when there are none."""
    key = keys.document(run, NAMED)
    return artifacts.link_to_read(key, NAMED) if artifacts.exists(key) else ""


def named(rows: dict[str, list[dict[str, Any]]], design: AppDesign) -> dict[str, Any]:
    """Entity and field keys → the names that models and fields have in the app."""
    found: dict[str, Any] = {}
    for entity in design.entities:
        names = {field.key: field.name for field in entity.fields}
        found[f"{entity.module}.{entity.class_name.lower()}"] = [
            {
                names.get(key, key): value
                for key, value in row.items()
                if key in names or key[0] == "_"
            }
            for row in rows.get(entity.key, ())
        ]
    return {label: rows for label, rows in found.items() if rows}


def report(run: Run, *, artifacts: ArtifactStore) -> str:
    """What became of the rows, as a document for people and in a sentence; nothing where there were none."""
    if not are_kept(run, artifacts=artifacts):
        return ""
    try:
        told = json.loads(artifacts.read(keys.report(run, "hand_over", 1), ROWS_BYTES_MAX))
    except NotFound:
        return ""
    facts = told.get("facts", {})
    if "rows_loaded" not in facts:
        return ""
    write_json(artifacts, keys.document(run, REPORT), {name: facts.get(name) for name in FACTS})
    left = facts.get("rows_skipped", 0) + facts.get("rows_left", 0)
    return f"{facts['rows_loaded']} rows were loaded, {left} were not; import.json says which."
