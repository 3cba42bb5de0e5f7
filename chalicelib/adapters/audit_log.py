"""One line in the audit log, in the transaction of what it tells of.

In: an open session of the tenant, what changed. Out: nothing. Callers: the stores beside this file. The surprise: from
where it was asked is read from `current_origin`, not passed; and a property whose name tells of a secret is refused,
because a line can't be taken back: the table refuses all but reading, whoever asks. A value that is one, e.g. because
somebody called an app like a key, is blotted out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from chalicelib.adapters.database import Session
from chalicelib.tenancy.audit import Action
from chalicelib.tenancy.origin import current_origin

__all__ = ["Action", "record"]

SECRET_NAME: Final = re.compile(r"passw|token|secret|hash|credential|cookie|sealed|recovery", re.I)
SECRET_VALUE: Final = re.compile(
    r"fragua_[0-9a-z]{8}_[0-9a-f]{64}|\$argon2\S*|\bfr1\.\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]+"
)

BLOT: Final = "•••"

RECORD: Final = """
insert into platform.audit_log (tenant_id, actor, action, subject_id, facts, source_ip, user_agent, request_id)
values (
    %(tenant_id)s, %(actor)s, %(action)s, %(subject_id)s, %(facts)s, %(source_ip)s, %(user_agent)s, %(request_id)s
)
"""


def record(
    session: Session,
    by: str,
    action: Action,
    subject_id: UUID,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Of `before` and `after`, only what differs is kept. Raises `ValueError` for what is named like a secret."""
    origin = current_origin.get()
    session.run(
        RECORD,
        actor=by,
        action=action,
        subject_id=subject_id,
        facts=Jsonb(without_secrets({**facts, **changed(before, after)}), dumps=as_json),
        source_ip=address(origin.ip),
        user_agent=origin.user_agent and without_secrets(origin.user_agent),
        request_id=origin.request_id,
    )


def changed(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """`{"before": …, "after": …}` with what differs; a side that was not there is left out."""
    old, new = before or {}, after or {}
    same = {name for name in old if name in new and old[name] == new[name]}
    sides = {"before": old, "after": new}
    kept = {
        side: {name: value for name, value in row.items() if name not in same}
        for side, row in sides.items()
    }
    return {side: row for side, row in kept.items() if row}


def without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {refused_if_secret(str(name)): without_secrets(of) for name, of in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(one) for one in value]
    if isinstance(value, str):
        return SECRET_VALUE.sub(BLOT, value)
    return BLOT if isinstance(value, bytes) else value


def refused_if_secret(name: str) -> str:
    if SECRET_NAME.search(name):
        raise ValueError(f"{name!r} is called like a secret, and many read the audit log")
    return name


def as_json(told: Any) -> str:
    return json.dumps(told, default=str, ensure_ascii=False)


def address(ip: str | None) -> str | None:
    """As `inet` takes it; None when a proxy told us something else."""
    try:
        return str(ip_address((ip or "").partition("%")[0]))
    except ValueError:
        return None
