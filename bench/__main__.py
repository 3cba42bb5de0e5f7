"""`python -m bench [NAME …]`: runs the measurements and prints one table.

Each module of this folder named in `MEASUREMENTS` has `measure() -> Iterable[Row]`. Those that need the local stack
say so and are left out, with the reason in the table, when it isn't up.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys

from rich.console import Console
from rich.table import Table

from bench.rows import NotMeasured

MEASUREMENTS = (
    "imports", "compile", "generation", "agents", "door", "identity", "rls", "quota", "machine", "stack", "billing", "defects", "demo",
)  # fmt: skip


def main(names: list[str]) -> None:
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "CRITICAL")  # the table is the answer
    table = Table("what", "ours", "peer", "ratio", "target", box=None, pad_edge=False)
    for name in names or MEASUREMENTS:
        print(f"measuring {name} …", file=sys.stderr)
        try:
            for row in importlib.import_module(f"bench.{name}").measure():
                table.add_row(*row.cells())
        except NotMeasured as reason:
            table.add_row(name, "not measured", str(reason), "", "")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    console = Console(width=max(120, Console().width))
    console.print(f"\n{machine}; medians\n")
    console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
