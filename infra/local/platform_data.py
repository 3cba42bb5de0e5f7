"""What the platform needs in its database and its secrets before the first request: roles, schema, passwords, a first key.

In: a running PostgreSQL and emulator. Out: `run/passwords.json`, `run/identity.json`, `credentials.json` (all 0600),
four secrets. Callers: `stack`. The surprise: passwords and keys are made once and kept, so that what runs keeps working,
and whoever is signed in stays so, after `make up`.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from infra import identity_keys
from infra.local import postgres
from infra.local.deploy import Clients, Deployed
from infra.local.overrides import MAIL_FROM
from infra.local.place import PROJECT, Place

APP_DATABASES_ROLE = "fragua_app_databases"
NO_MODEL_KEY = "none"
"""A secret can't be empty, and one of an earlier `make up` must not stay."""
SCHEMA_INPUTS = (
    "chalicelib/migrations",
    "infra/migrate.py",
    "infra/seed.py",
    "infra/local/platform_data.py",
)


def passwords(place: Place) -> dict[str, str]:
    path = place.run / "passwords.json"
    if not path.exists():
        made = {name: secrets.token_urlsafe(32) for name in ("app", "app_databases")}
        write_private(path, made)
    known: dict[str, str] = json.loads(path.read_text())
    return known


def identity(place: Place) -> str:
    """The identity secret, made once; `python -m infra.identity_keys rotate --file …` changes it."""
    read, write = identity_keys.in_file(place.run / "identity.json")
    identity_keys.carry_out("make", read, write)
    return read() or ""


def write_private(path: Path, content: dict[str, Any]) -> None:
    scratch = path.with_suffix(".tmp")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    scratch.replace(path)


def ensure_schema(place: Place) -> list[str]:
    """Names of the migrations that were applied now."""
    mark = schema_mark(place)
    done = place.run / "schema.txt"
    if done.exists() and done.read_text() == mark:
        return []
    from infra.migrate import migrate

    known = passwords(place)
    applied = migrate(postgres.admin_dsn(place), app_password=known["app"])
    make_app_databases_role(place, known["app_databases"])
    done.write_text(mark)
    return list(applied)


def schema_mark(place: Place) -> str:
    """Changes with the migrations and with the database cluster itself."""
    digest = hashlib.sha256(str((place.pgdata / "PG_VERSION").stat().st_ino).encode())
    for name in SCHEMA_INPUTS:
        root = PROJECT / name
        for path in sorted(root.glob("*.sql")) if root.is_dir() else [root]:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def make_app_databases_role(place: Place, password: str) -> None:
    """The one role that may make databases and roles for generated apps. It owns no table of the platform."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(postgres.admin_dsn(place), autocommit=True) as server:
        name = sql.Identifier(APP_DATABASES_ROLE)
        known = server.execute("select 1 from pg_roles where rolname = %s", [APP_DATABASES_ROLE])
        if known.fetchone() is None:
            server.execute(sql.SQL("create role {} login createdb createrole").format(name))
        role = APP_DATABASES_ROLE.encode()
        verifier = server.pgconn.encrypt_password(password.encode(), role, b"scram-sha-256")
        server.execute(
            sql.SQL("alter role {} password {}").format(name, sql.Literal(verifier.decode()))
        )
        server.execute(sql.SQL("grant connect on database postgres to {}").format(name))


def ensure_secrets(place: Place, deployed: Deployed) -> None:
    """Puts the two connection strings, the identity keys, the models' key and Stripe's where the Lambdas look for them."""
    known = passwords(place)
    address = f"127.0.0.1:{place.postgres_port}"
    wanted = {
        deployed.outputs[
            "DatabaseSecretArn"
        ]: f"postgresql://fragua_app:{known['app']}@{address}/fragua",
        deployed.outputs["AppDatabasesSecretArn"]: (
            f"postgresql://{APP_DATABASES_ROLE}:{known['app_databases']}@{address}/postgres"
        ),
        deployed.outputs["IdentitySecretArn"]: identity(place),
        deployed.outputs["ModelSecretArn"]: place.engine.key or NO_MODEL_KEY,
        deployed.outputs["StripeSecretArn"]: place.till.secret,
    }
    client = Clients(place).secretsmanager
    for reference, value in wanted.items():
        client.put_secret_value(SecretId=reference, SecretString=value)


def ensure_sender(place: Place) -> None:
    """Mail is taken from senders it knows only, here as in SES."""
    client = Clients(place).sesv2
    with suppress(client.exceptions.AlreadyExistsException):
        client.create_email_identity(EmailIdentity=MAIL_FROM)


def ensure_seed(place: Place) -> bool:
    """Answers whether credentials were written."""
    known = credentials(place)
    if (
        known
        and known.get("schema") == schema_mark(place)
        and known.get("api_url") == place.front_url
        and known.get("mailbox_url") == place.mailbox_url
    ):
        return False
    from infra.seed import seed

    seeded = seed(postgres.admin_dsn(place), api_key=(known or {}).get("api_key"))
    where = {"api_url": place.front_url, "mailbox_url": place.mailbox_url}
    write_private(place.credentials, {**where, **seeded, "schema": schema_mark(place)})
    return True


def credentials(place: Place) -> dict[str, str] | None:
    try:
        known: dict[str, str] = json.loads(place.credentials.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return known
