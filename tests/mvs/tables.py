"""The generated tables of docs/mvs.md.

python -m tests.mvs.tables        writes them anew
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from chalicelib.mvs import field_faults, reading, size, spec, words
from chalicelib.mvs.completeness import CHECKS, THRESHOLD
from chalicelib.mvs.rule_faults import DECIDING
from chalicelib.mvs.values import INTEGER_LIMIT, NUMBERS, TEXT_LENGTH

DOC = Path("docs/mvs.md")
BLOCK = re.compile(r"(<!-- table: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

HOLDS = {
    "text": f"one line, up to {TEXT_LENGTH['text']} characters",
    "long_text": f"several lines, up to {TEXT_LENGTH['long_text']} characters",
    "integer": f"a whole number up to ±{INTEGER_LIMIT}",
    "decimal": "a number: 10 digits before the point, 4 after",
    "money": "an amount in the app's currency: 10 digits before the point, 2 after",
    "boolean": "yes or no; no unless it says otherwise",
    "date": 'a day: `"2026-11-23"`',
    "datetime": 'a day and a time: `"2026-11-23T09:30"`, in the workspace\'s own time',
    "email": "an e-mail address",
    "phone": "a telephone number, as people write it",
    "url": "a web address, `http` or `https`",
    "choice": "one of its `options`",
    "reference": "a row of the entity `to`",
    "file": "an uploaded file",
    "computed": "the result of its `formula`; never typed in",
}


def yes(value: bool) -> str:
    return "yes" if value else ""


def field_types() -> Iterator[str]:
    yield "| type | holds | `required` | `unique` | `default` | in conditions | in formulas |"
    yield "|---|---|---|---|---|---|---|"
    for kind, holds in HOLDS.items():
        in_formula = (
            "days()" if kind in ("date", "datetime") else yes(kind in NUMBERS | {"computed"})
        )
        yield (
            f"| `{kind}` | {holds} | {yes(kind not in field_faults.NOT_REQUIRED)} | {yes(kind in field_faults.UNIQUE)}"
            f" | {yes(kind in field_faults.DEFAULTED)} | {yes(kind in DECIDING)} | {in_formula} |"
        )


def limits() -> Iterator[str]:
    yield "| what | at most |"
    yield "|---|---|"
    yield f"| entities | {spec.MAX_ENTITIES} |"
    yield f"| fields of an entity | {spec.MAX_FIELDS} |"
    yield f"| roles, besides the owner | {spec.MAX_ROLES} |"
    yield f"| dashboards | {spec.MAX_DASHBOARDS}, of 12 tiles each |"
    yield f"| options, rules, transitions, values of a condition | {spec.MAX_LISTED} each |"
    yield f"| demo rows of an entity | {spec.MAX_DEMO_ROWS} |"
    yield "| a label, a key, a help text | 80, 40, 200 characters |"
    yield f"| the document | {size.MAX_CHARACTERS // 1_000_000} million characters ({256} KiB as a file) |"
    yield f"| faults listed in one answer | {reading.MAX_LISTED_FAULTS}; `count` says how many there are |"


def reserved() -> Iterator[str]:
    yield "| no key of | may be |"
    yield "|---|---|"
    for use, taken in words.RESERVED.items():
        own = sorted(taken - words.PYTHON)
        yield f"| {use} | {' '.join(f'`{word}`' for word in own)}{' or ' if own else ''}a Python keyword |"


def completeness() -> Iterator[str]:
    yield "| weight | question |"
    yield "|---|---|"
    for check in sorted(CHECKS, key=lambda check: -check.weight):
        yield f"| {check.weight} | {check.en.replace(' {names}', ' …')} |"
    yield f"| **100** | ready from {THRESHOLD} |"


TABLES = {
    "field-types": field_types,
    "limits": limits,
    "reserved": reserved,
    "completeness": completeness,
}


def with_tables(text: str) -> str:
    def written(match: re.Match[str]) -> str:
        return match[1] + "\n".join(TABLES[match[2]]()) + "\n" + match[4]

    return BLOCK.sub(written, text)


if __name__ == "__main__":
    DOC.write_text(with_tables(DOC.read_text()))
