"""Connection URLs for another role and database of the same server, over TCP or a Unix socket.

In: a connection string that works. Out: one URL that psycopg, Django and every other client reads.
Callers: `app_databases.py`, `infra/`. The surprise: a socket's directory goes into `?host=`, because a URL's host part
is lowercased by some readers and a path is not.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict

NOT_INHERITED: Final = frozenset(
    {"user", "password", "dbname", "host", "hostaddr", "port", "options"}
)


def connection_url(dsn: str, *, user: str, password: str, database: str) -> str:
    """Whatever else `dsn` says (such as `sslmode`) is kept."""
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    query = {name: value for name, value in parts.items() if name not in NOT_INHERITED}
    host, port = parts.get("hostaddr") or parts.get("host", ""), parts.get("port", "")
    if host.startswith("/") or not host:
        query |= {"host": host} if host else {}
        query |= {"port": port} if port else {}
        address = ""
    else:
        address = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    settings = f"?{urlencode(query)}" if query else ""
    return f"postgresql://{login}@{address}/{quote(database, safe='')}{settings}"
