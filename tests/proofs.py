"""pgrls, as tests use it: on the platform's schema and on a generated app's alike.

In: a connection string of a superuser, schemas. Out: findings, verdicts. The surprise: only tables with row level
security have a verdict, so a caller also compares the names with the tables it expects.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PLATFORM_RULES = ROOT / "pgrls.toml"


def findings(
    dsn: str, *, schemas: str = "platform", rules: Path | None = PLATFORM_RULES
) -> list[dict[str, Any]]:
    """What `pgrls lint` has to say; empty is good."""
    answer = pgrls("lint", dsn, schemas, rules)
    return list(answer["violations"])


def verdicts(
    dsn: str, mode: str, *, schemas: str = "platform", rules: Path | None = PLATFORM_RULES
) -> dict[str, str]:
    """`{"schema.table": "isolated" | "leak" | "unverified"}` for the threat `anon`, `cross-tenant` or `write`."""
    answer = pgrls("verify", dsn, schemas, rules, "--strict", "--mode", mode)
    return {table["table"]: table["verdict"] for table in answer["tables"]}


def pgrls(command: str, dsn: str, schemas: str, rules: Path | None, *more: str) -> dict[str, Any]:
    options = ["--database-url", dsn, "--schemas", schemas, "--format", "json", *more]
    if rules:
        options += ["--config", str(rules)]
    done = subprocess.run(
        [sys.executable, "-m", "pgrls", command, *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(sys.prefix),  # so that no pgrls.toml is read but the one that is given
    )
    if done.returncode not in (0, 1):
        raise AssertionError(f"pgrls could not work: {done.stderr or done.stdout}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
