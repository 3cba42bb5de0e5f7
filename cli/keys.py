"""Commands about API keys, and about the audit log of everything that anybody did.

In: names, ids, addresses. Out: sentences, tables, JSON or CSV. Callers: `main.py`. The surprise: a new key goes to
standard output alone, so that a script can put it where it belongs; it is never shown again.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated, Any, cast

import typer

from cli.api_types import AuditLine, KeyWanted
from cli.asking import Yes, sure
from cli.client import Client
from cli.language import told
from cli.naming import key_id, member_id
from cli.organizations import client, new_key
from cli.people import RoleOption
from cli.speaking import AsJson, errors, moment, out, print_json, print_rows, say, speaks_plainly

keys = typer.Typer(help="API keys, for programs.")

LAST_MINUTE = time(23, 59, 59, tzinfo=UTC)
Scope = Annotated[
    list[str] | None,
    typer.Option(help="Only this permission, e.g. apps:read; repeat it for more."),
]
Expiry = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Its last day (UTC). Without it the key has none.")]  # fmt: skip


def register(app: typer.Typer) -> None:
    app.add_typer(keys, name="keys", no_args_is_help=True)
    app.command()(audit)


@keys.command("list")
@speaks_plainly
def list_keys(as_json: AsJson = False) -> None:
    """Show API keys and when they were last used."""
    items = list(client().pages("/v1/api-keys"))
    if as_json:
        print_json(items)
        return
    print_rows(
        ("name", "begins with", "role", "scopes", "last used (UTC)", "expires (UTC)", "state"),
        [
            (
                one["name"],
                f"fragua_{one['prefix']}_",
                one["role"],
                " ".join(one["scopes"]) or told("all of the role"),
                moment(one["last_used_at"]),
                moment(one["expires_at"]),
                one["state"],
            )
            for one in items
        ],
        nothing="None yet: `fragua keys create NAME`",
    )


@keys.command("create")
@speaks_plainly
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for, so that you know it later.")],
    role: RoleOption = "builder",
    scope: Scope = None,
    expires: Expiry = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is shown once; programs send it as FRAGUA_API_KEY."""
    body: KeyWanted = {"name": name, "role": role, "scopes": cast("Any", scope or [])}
    if expires:
        body["expires_at"] = datetime.combine(expires.date(), LAST_MINUTE).isoformat()
    made = client().post("/v1/api-keys", body, idempotency_key=new_key())
    if as_json:
        print_json(made)
        return
    out.print(made["key"])
    errors.print(told("Keep it now: it is not shown again. Programs find it in FRAGUA_API_KEY."))


@keys.command("revoke")
@speaks_plainly
def revoke_key(
    key: Annotated[str, typer.Argument(help="Its name, the eight characters after fragua_, or its id.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Stop a key; it counts at once."""
    asking = client()
    one = key_id(asking, key.removeprefix("fragua_").strip("_"))
    sure("Stop this key?", yes)
    asking.delete("/v1/api-keys/{key_id}", key_id=one)
    say(as_json, {}, "Stopped.")


@speaks_plainly
def audit(
    actor: Annotated[str, typer.Option(help="Somebody's address, user:<id> or api_key:<id>.")] = "",
    action: Annotated[str, typer.Option(help="E.g. member.role_changed.")] = "",
    most: Annotated[int, typer.Option("--limit", min=1, max=100, help="How many lines.")] = 20,
    csv: Annotated[bool, typer.Option("--csv", help="All, as a spreadsheet reads it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who did what, the newest first."""
    asking = client()
    given = (("actor", actor_named(asking, actor)), ("action", action))
    asked = {name: value for name, value in given if value}
    if csv:
        print(asking.get("/v1/audit.csv", **asked), end="")
        return
    items = asking.get("/v1/audit", limit=most, **asked)["items"]
    if as_json:
        print_json(items)
        return
    print_rows(
        ("when (UTC)", "who", "what", "subject", "from"),
        [_audit_row(one) for one in items],
        nothing="Nothing of that kind.",
    )


def actor_named(asking: Client, said: str) -> str:
    return f"user:{member_id(asking, said)}" if "@" in said else said


def _audit_row(one: AuditLine) -> tuple[Any, ...]:
    who = one["actor_name"] or one["actor"]
    return moment(one["recorded_at"]), who, one["action"], one["subject_id"], one["source_ip"]
