"""What was found in a spreadsheet: a report for people, a fragment of an MVS, rows for the new app.

In: made by `reading`. Out: plain data, fit for JSON. Callers: the Lambda that reads, whoever merges. The surprise:
rows are kept apart from the fragment, because people's data has no place in an MVS that models and source code see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.mvs.spec import Scalar

Row = dict[str, Scalar | None]
"""Field key → value as in an MVS's demo rows; `_id` is the row's name, `_at` its place in the file (`Clientes!7`)."""


@dataclass(frozen=True)
class Imported:
    report: Mapping[str, Any]
    """`{format, language, encoding, separator, sheets, rows, kept, faults, faults_count, notes, refused}`; see
    `docs/how-to/start-from-a-spreadsheet.md`."""
    fragment: Mapping[str, Any]
    """`{name, currency, entities, demo}`: parts of an MVS in its own shape; entities without permissions. Demo rows are
    made up, never copied."""
    rows: Mapping[str, list[Row]]
    """Entity key → rows."""

    @property
    def is_refused(self) -> bool:
        return self.report["refused"] is not None
