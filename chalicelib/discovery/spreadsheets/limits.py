"""How much of a spreadsheet is read. The table in docs/limits.md is made of these.

Callers: the readers of this folder. The surprise: what a file says of its own size is never believed; everything here
is counted while it is read.
"""

from __future__ import annotations

from typing import Final

UNZIPPED_BYTES_MAX: Final = 100 * 1024 * 1024
"""Of all parts of a workbook that are read, together."""
ENTRIES_MAX: Final = 2_000
"""Files in the archive that a workbook is."""
TEXTS_MAX: Final = 500_000
"""Different texts of a workbook."""
FORMATS_MAX: Final = 65_000
"""Cell formats of a workbook; Excel's own limit is about the same."""
SHEETS_MAX: Final = 50
ROWS_MAX: Final = 20_000
"""Of a file, all sheets together."""
LINES_MAX: Final = ROWS_MAX + SHEETS_MAX
"""With their headers."""
COLUMNS_MAX: Final = 60
"""Of a sheet: as many as an entity may have fields."""
COLUMNS_LOOKED_AT: Final = 500
"""Beyond this cells are not kept at all."""
CELL_CHARACTERS_MAX: Final = 20_000
SECONDS_MAX: Final = 60
"""Longer than any honest file of these sizes takes."""
FAULTS_LISTED: Final = 200
