"""A spreadsheet as a beginning: `fragua import`.

In: a file, and a conversation or none yet. Out: what was found in it, and how to go on. Callers: `main.py`. The surprise: the
file goes straight to where the platform reads it, by an address that is good for minutes; this only waits and tells.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from cli.api_types import DiscoveryBegun, ImportAnnounced, ImportReport, ImportShown
from cli.client import ApiProblem, Client
from cli.language import language, told
from cli.organizations import client
from cli.speaking import AsJson, errors, out, print_json, print_rows, speaks_plainly

ANNOUNCE: Final = "/v1/discoveries/{discovery_id}/imports"
WAIT_S: Final = 180
PAUSE_S: Final = 0.5
UPLOAD_S: Final = 300
SHOWN: Final = 20
"""Values left out that are listed here; `--json` has more."""

Spreadsheet = Annotated[
    Path, typer.Argument(help="A CSV or an Excel workbook (.xlsx).", metavar="FILE")
]


def register(app: typer.Typer) -> None:
    app.command("import")(import_file)


@speaks_plainly
def import_file(
    file: Spreadsheet,
    discovery: Annotated[
        str, typer.Option("--discovery", help="Into this conversation: `fragua discoveries`.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Turn a spreadsheet into things, fields and first rows of an app."""
    api, content = client(), _content(file)
    discovery_id = discovery or _begun(api)
    announced = api.post(
        ANNOUNCE,
        {"filename": file.name},
        discovery_id=discovery_id,
        idempotency_key=str(uuid.uuid4()),
    )
    _upload(announced, content)
    found = _read(api, discovery_id, announced["id"])
    if as_json:
        print_json(found)
    else:
        _show(found)
    if found["status"] != "merged":
        raise typer.Exit(1)
    if not as_json:
        text = "\nGo on with: fragua discover --continue {id}"
        errors.print(told(text, id=discovery_id), style="dim")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        detail = told("{path} can't be read: {why}", path=file, why=error.strerror)
        raise ApiProblem({"title": "Unreadable file", "detail": detail}) from None


def _begun(api: Client) -> str:
    sent: DiscoveryBegun = {"language": language()}
    return api.post("/v1/discoveries", sent, idempotency_key=str(uuid.uuid4()))["id"]


def _upload(announced: ImportAnnounced, content: bytes) -> None:
    if len(content) > announced["bytes_max"]:
        limit = announced["bytes_max"] // 1024 // 1024
        detail = told("The file has more than {limit} MB. Split it.", limit=limit)
        raise ApiProblem({"title": "Too large", "detail": detail})
    to = announced["upload"]
    try:
        answer = httpx.put(to["url"], content=content, headers=to["headers"], timeout=UPLOAD_S)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        detail = told("The file could not be uploaded: {why}", why=type(error).__name__)
        raise ApiProblem({"title": "Upload failed", "detail": detail}) from None


def _read(api: Client, discovery_id: str, import_id: str) -> ImportShown:
    until = time.monotonic() + WAIT_S
    while True:
        found = api.get(
            "/v1/discoveries/{discovery_id}/imports/{import_id}",
            discovery_id=discovery_id,
            import_id=import_id,
        )
        if found["status"] != "waiting" or time.monotonic() > until:
            return found
        time.sleep(PAUSE_S)


def _show(found: ImportShown) -> None:
    report = found["report"]
    if report is None:
        errors.print(told("It is still being read. Look again later."))
        return
    if refused := report["refused"]:
        errors.print(refused["reason"], style="red")
        errors.print(f"→ {refused['cure']}", style="dim")
        return
    _show_sheets(report)
    for note in report["notes"]:
        out.print(f"· {note['message']}")
    for fault in report["faults"][:SHOWN]:
        out.print(f"✗ {fault['sheet']}!{fault['row']} {fault['column']}: {fault['message']}")
    if report["faults_count"] > SHOWN:
        out.print(told("… {count} values left out in all", count=report["faults_count"]))


def _show_sheets(report: ImportReport) -> None:
    for sheet in report["sheets"]:
        out.print(told("\n{label}: {rows} rows", label=sheet["label"], rows=sheet["rows"]))
        rows = [
            (
                column["label"],
                f"{column['type']} → {column['to']}" if column["to"] else column["type"],
                " ".join(word for word in ("required", "unique") if column[word]),
                "; ".join(note["message"] for note in column["notes"]),
            )
            for column in sheet["columns"]
        ]
        print_rows(("column", "becomes", "", "noticed"), rows, nothing="")
        for note in sheet["notes"]:
            out.print(f"· {note['message']}")
