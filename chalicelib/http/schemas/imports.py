"""Bodies of `/v1/discoveries/{discovery_id}/imports`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.discovery.import_records import FILENAME_CHARACTERS_MAX
from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.http.schemas.texts import plain_name
from chalicelib.mvs.spec import FieldType

__all__ = ["ImportAnnounced", "ImportShown", "ImportWanted", "Imports"]

Status = Literal["waiting", "merged", "refused"]
Filename = Annotated[
    str,
    StringConstraints(min_length=1, max_length=FILENAME_CHARACTERS_MAX),
    AfterValidator(plain_name),
]


class ImportWanted(Sent):
    filename: Filename = Field(
        description="As you call it; what the file is shows in its content.",
        examples=["Clientes 2026.xlsx"],
    )


class Note(Shown):
    code: str
    message: str


class ColumnFound(Shown):
    label: str
    key: str = Field(description="Of the field it became; `placed` says where in the MVS.")
    type: FieldType
    to: str | None = Field(description="Entity that a reference points at.")
    required: bool
    unique: bool
    filled: int = Field(description="Rows with a value that was taken.")
    notes: list[Note]


class SheetFound(Shown):
    name: str = Field(description="Empty for a CSV.")
    entity: str
    label: str
    header_row: int = Field(description="0: it has none.")
    rows: int
    columns: list[ColumnFound]
    notes: list[Note]


class ValueLeftOut(Shown):
    sheet: str
    row: int = Field(description="As the spreadsheet program numbers it.")
    column: str
    value: str
    code: str
    message: str


class Refusal(Shown):
    code: str
    reason: str
    cure: str


class Placed(Shown):
    entity: str
    fields: dict[str, str]


class ImportReport(Shown):
    version: int
    format: str = Field(description="`csv` or `xlsx`; empty when it was refused.")
    encoding: str
    separator: str
    sheets: list[SheetFound]
    rows: int
    faults: list[ValueLeftOut] = Field(description="Values that were left out, at most 200.")
    faults_count: int = Field(description="All of them.")
    notes: list[Note]
    refused: Refusal | None = Field(description="Why nothing was read; null when it was.")
    placed: dict[str, Placed] = Field(
        default_factory=dict, description="Where each entity and field of the file went in the MVS."
    )


class ImportShown(Shown):
    id: UUID
    discovery_id: UUID
    filename: str
    status: Status = Field(
        description="`waiting` for the file or for a turn that runs, `merged` into the MVS, or `refused`."
    )
    report: ImportReport | None = Field(description="Null while it waits.")
    created_by: str
    created_at: datetime
    ended_at: datetime | None


class UploadTo(Shown):
    method: Literal["PUT"]
    url: str = Field(description="Good for 15 minutes, for one file, without credentials.")
    headers: dict[str, str]


class ImportAnnounced(ImportShown):
    upload: UploadTo
    bytes_max: int = Field(description="A larger file is refused.")


class Imports(Shown):
    items: list[ImportShown] = Field(description="Oldest first.")


def announced(known: Any, url: str, bytes_max: int) -> dict[str, Any]:
    upload = {
        "method": "PUT",
        "url": url,
        "headers": {"Content-Type": "application/octet-stream"},
    }
    shown = ImportShown.model_validate(known, from_attributes=True)
    return {**dict(shown), "upload": upload, "bytes_max": bytes_max}
