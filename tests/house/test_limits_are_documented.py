"""The tables of docs/limits.md are what the code says; UPDATE_DOCS=1 writes them anew."""

import dataclasses
import os
import re
from pathlib import Path

import pytest

from chalicelib.adapters.discovery_turns import ATTEMPTS_MAX
from chalicelib.adapters.export_store import KEPT_FOR
from chalicelib.discovery.changes import CHANGES_MAX
from chalicelib.discovery.import_records import IMPORTS_MAX
from chalicelib.discovery.import_rows import TOGETHER_BYTES_MAX
from chalicelib.discovery.imports import ROWS_BYTES_MAX
from chalicelib.discovery.records import SAID_CHARACTERS_MAX
from chalicelib.discovery.spreadsheets import limits as spreadsheet
from chalicelib.generation.budget import MINIMAL_RUN_MICRODOLLARS
from chalicelib.http.apps import MVS_BODY_BYTES_MAX
from chalicelib.http.call import HEADERS_BYTES_MAX
from chalicelib.http.endpoint import BODY_BYTES_MAX
from chalicelib.identity.api_keys import LIVE_KEYS_MAX
from chalicelib.settings import Settings
from chalicelib.tenancy import limits
from chalicelib.tenancy.audit import CSV_ROWS_MAX
from chalicelib.tenancy.invitations import OPEN_MAX
from chalicelib.tenancy.limits import DAY, HOUR, MINUTE, Bucket
from chalicelib.tenancy.members import MEMBERS_MAX
from chalicelib.tenancy.organizations import ORGANIZATIONS_PER_PERSON_MAX
from chalicelib.tenancy.plans import TERMS

DOCUMENT = Path("docs/limits.md")
BLOCK = re.compile(r"(<!-- table: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
SPAN = {MINUTE: "minute", 15 * MINUTE: "quarter of an hour", HOUR: "hour", DAY: "day"}
ORGANIZATION, ADDRESS = "organization", "network address"

WHOSE = {
    "READS": ("reading", ORGANIZATION),
    "WRITES": ("everything else", ORGANIZATION),
    "KEY_REQUESTS": ("requests with one key", "API key"),
    "PUBLIC_READS": ("reading what is for anybody", ADDRESS),
    "PUBLIC_WRITES": ("everything else that is for anybody", ADDRESS),
    "SIGN_INS_FROM_DEVICE": ("tries to sign in from a known device", "account and device"),
    "SIGN_INS_FROM_ANYWHERE": ("tries from all unknown devices together", "account"),
    "SIGN_INS_FROM_ADDRESS": ("tries from unknown devices", ADDRESS),
    "SECOND_FACTORS": ("codes of a second factor", "account"),
    "SIGN_UPS_FROM_ADDRESS": ("sign-ups", ADDRESS),
    "LETTERS_TO_ACCOUNT": (
        "letters that somebody else can cause",
        "mailbox; an invitation sent again",
    ),
    "RESETS_FROM_ADDRESS": ("forgotten passwords", ADDRESS),
    "PASSWORD_CHECKS": ("passwords asked for again", "session"),
    "INVITATIONS": ("invitations", ORGANIZATION),
}
"""What a bucket is about and whose it is: the code has the numbers."""
SETTABLE = {
    "READS": "reads_per_minute",
    "WRITES": "writes_per_minute",
    "KEY_REQUESTS": "key_requests_per_hour",
    "PUBLIC_READS": "public_reads_per_minute",
    "PUBLIC_WRITES": "public_writes_per_minute",
}
SIZES = {
    "members of an organization": MEMBERS_MAX,
    "open invitations of an organization": OPEN_MAX,
    "live API keys of an organization": LIVE_KEYS_MAX,
    "organizations of a person": ORGANIZATIONS_PER_PERSON_MAX,
    "bytes of a body": BODY_BYTES_MAX,
    "bytes of a body with an MVS": MVS_BODY_BYTES_MAX,
    "bytes of all headers": HEADERS_BYTES_MAX,
    "characters of a message in a conversation": SAID_CHARACTERS_MAX,
    "changes of the MVS in one turn": CHANGES_MAX,
    "tries of a turn that fails": ATTEMPTS_MAX,
    "spreadsheets of a conversation": IMPORTS_MAX,
    "bytes of a spreadsheet": Settings.spreadsheet_bytes_max,
    "bytes of what is read of it, unpacked": spreadsheet.UNZIPPED_BYTES_MAX,
    "bytes of its rows, as they are kept": ROWS_BYTES_MAX,
    "bytes of the rows of all files that an app begins with": TOGETHER_BYTES_MAX,
    "rows of a spreadsheet, and that an app begins with": spreadsheet.ROWS_MAX,
    "sheets of a workbook": spreadsheet.SHEETS_MAX,
    "columns of a sheet; further ones are left out": spreadsheet.COLUMNS_MAX,
    "characters of a cell; the rest is left out": spreadsheet.CELL_CHARACTERS_MAX,
    "different texts of a workbook": spreadsheet.TEXTS_MAX,
    "parts of the archive that a workbook is": spreadsheet.ENTRIES_MAX,
    "seconds of unpacking one": spreadsheet.SECONDS_MAX,
    "values left out that are listed": spreadsheet.FAULTS_LISTED,
    "lines of the audit log in one CSV; the next begin at `Next-Cursor`": CSV_ROWS_MAX,
    "copies of an organization's data being made at once": 1,
    "days that such a copy is kept": KEPT_FOR.days,
}


def buckets():
    return {name: one for name, one in vars(limits).items() if isinstance(one, Bucket)}


def table(*rows):
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def requests():
    rows = [
        (WHOSE[name][0], WHOSE[name][1], f"{one.limit:,} in a {SPAN[one.per_s]}", f"`{one.name}`")
        for name, one in buckets().items()
    ]
    return table(("what", "of each", "how many", "called"), *rows).replace(
        "in a hour", "in an hour"
    )


MONEY = {
    "a run; its starter may allow less": "generation_microdollars_max",
    "an organization in a calendar month (UTC), runs and conversations together": "month_microdollars_max",
    "one turn of a conversation": "turn_microdollars_max",
}


def money():
    default = {one.name: one.default for one in dataclasses.fields(Settings)}
    rows = [(what, f"{default[name] / 1e6:.2f}", f"`{name}`") for what, name in MONEY.items()]
    least = ("the least that a run is started with", f"{MINIMAL_RUN_MICRODOLLARS / 1e6:.2f}", "")
    return table(("of", "dollars", "setting"), *rows, least)


TABLES = {
    "money": money,
    "requests": requests,
    "plans": lambda: table(
        ("plan", "generations", "at a time", "seats", "tokens of models", "beyond it"),
        *(
            (
                plan,
                one.generations,
                one.parallel_generations,
                one.seats,
                f"{one.tokens:,}",
                "can be allowed" if one.has_overage else "no",
            )
            for plan, one in TERMS.items()
        ),
    ),
    "sizes": lambda: table(("at most", ""), *((what, f"{many:,}") for what, many in SIZES.items())),
}


def test_every_bucket_is_in_the_document():
    assert set(WHOSE) == set(buckets())


def test_the_tables_are_those_of_the_code():
    text = DOCUMENT.read_text()
    fresh = BLOCK.sub(lambda block: block[1] + TABLES[block[2]]() + block[4], text)
    if os.environ.get("UPDATE_DOCS"):
        DOCUMENT.write_text(fresh)
    assert {name for _, name, _, _ in BLOCK.findall(text)} == set(TABLES)
    assert DOCUMENT.read_text() == fresh, "run: UPDATE_DOCS=1 pytest tests/house"


@pytest.mark.parametrize("name", SETTABLE)
def test_what_can_be_set_is_by_default_what_the_table_says(name):
    default = {one.name: one.default for one in dataclasses.fields(Settings)}
    assert default[SETTABLE[name]] == buckets()[name].limit
