"""What is kept of a spreadsheet given to a conversation, and the store that keeps it.

In: rows of `platform.discovery_imports`. Out: frozen records; a Protocol. Callers: `imports`, the HTTP door. The surprise: the
row says how it ended; the file, what was found in it and its rows lie in the artifact store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from chalicelib.discovery.records import Step

ImportStatus = Literal["waiting", "merged", "refused"]
FILENAME_CHARACTERS_MAX: Final = 200
IMPORTS_MAX: Final = 20
"""Files a conversation may be given."""

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UPLOAD = re.compile(
    rf"uploads/(?P<tenant>{_ID})/(?P<discovery>{_ID})/(?P<import>{_ID})\.(?:csv|xlsx)"
)


@dataclass(frozen=True, kw_only=True)
class Import:
    id: UUID
    tenant_id: UUID
    discovery_id: UUID
    filename: str
    status: ImportStatus
    report: dict[str, Any] | None
    """As `spreadsheets.imported` says, and `placed`: where its columns went in the MVS."""
    created_by: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Upload:
    """What the key of an uploaded file says."""

    tenant_id: UUID
    discovery_id: UUID
    import_id: UUID


class ImportStore(Protocol):
    """Unknown ids raise `NotFound`."""

    def create(self, tenant_id: UUID, discovery_id: UUID, *, filename: str, by: str) -> Import:
        """Raises `Conflict` for a closed conversation, and for one that was given too many files."""

    def read(self, tenant_id: UUID, discovery_id: UUID, import_id: UUID) -> Import: ...

    def all(self, tenant_id: UUID, discovery_id: UUID) -> tuple[Import, ...]:
        """Oldest first."""

    def merge(
        self, known: Import, report: Mapping[str, Any], step: Step, *, version: int
    ) -> Import:
        """Closes a waiting import and writes its turn down, both or neither; the first to come counts. Raises
        `Conflict` while a turn runs, and when the MVS is no longer the one seen."""

    def refuse(self, known: Import, report: Mapping[str, Any]) -> Import: ...


def upload_key(known: Import) -> str:
    ending = "xlsx" if known.filename.lower().endswith((".xlsx", ".xlsm")) else "csv"
    return f"uploads/{known.tenant_id}/{known.discovery_id}/{known.id}.{ending}"


def upload(key: str) -> Upload | None:
    """None for a key that no import of ours has."""
    found = _UPLOAD.fullmatch(key)
    if found is None:
        return None
    return Upload(UUID(found["tenant"]), UUID(found["discovery"]), UUID(found["import"]))


def folder(tenant_id: UUID, discovery_id: UUID) -> str:
    return f"discoveries/{tenant_id}/{discovery_id}/imports"


def asked_key(one: Upload) -> str:
    return f"{folder(one.tenant_id, one.discovery_id)}/{one.import_id}-asked.json"


def found_key(one: Upload) -> str:
    return f"{folder(one.tenant_id, one.discovery_id)}/{one.import_id}.json"


def rows_key(one: Upload) -> str:
    return f"{folder(one.tenant_id, one.discovery_id)}/{one.import_id}-rows.json"


def place(known: Import) -> Upload:
    return Upload(known.tenant_id, known.discovery_id, known.id)


def app_rows_key(tenant_id: UUID | str, app_id: UUID | str) -> str:
    """Where an approval leaves the rows that the app's first version begins with."""
    return f"apps/{tenant_id}/{app_id}/rows.json"
