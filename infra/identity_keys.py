"""Makes the identity secret, and changes the key that signs tokens without logging anybody out.

In: `--secret-id` (AWS) or `--file` (a laptop's `run/identity.json`). Out: the secret, with its first keys or one more.
Callers: `infra/local`, an operator: `python -m infra.identity_keys make|rotate|remove …`. The surprise: rotating does nothing
at once. The new key is published now and signs in ten minutes, when every process has read it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import secrets
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from chalicelib.identity.keys import KEY_BYTES, REREAD_AFTER_S, parse

SIGNS_AFTER_S: Final = 600
KEPT_AFTER_S: Final = 3600
"""Longer than an access token lives (15 minutes), with room for a process that read late."""

assert SIGNS_AFTER_S > REREAD_AFTER_S

Secret = dict[str, Any]


def made(now_s: int) -> Secret:
    return {
        "signing_keys": [new_signing_key(now_s, signs_from=0)],
        "sealing_keys": {"1": random_key()},
        "mac_key": random_key(),
        "google_client_secret": "",
        "github_client_secret": "",
    }


def rotated(secret: Secret, now_s: int) -> Secret:
    """One more key, without those nothing alive is signed with. Twice within ten minutes is once."""
    keys = sorted(secret["signing_keys"], key=lambda key: int(key["signs_from"]))
    if int(keys[-1]["signs_from"]) > now_s:
        return secret
    followed = itertools.pairwise(keys)
    gone = {key["kid"] for key, next_ in followed if next_["signs_from"] + KEPT_AFTER_S <= now_s}
    kept = [key for key in keys if key["kid"] not in gone]
    return {
        **secret,
        "signing_keys": [*kept, new_signing_key(now_s, signs_from=now_s + SIGNS_AFTER_S)],
    }


def without(secret: Secret, kid: str, now_s: int) -> Secret:
    """For a key that leaked: what it signed is refused as soon as processes read again."""
    kept = [key for key in secret["signing_keys"] if key["kid"] != kid]
    if not any(int(key["signs_from"]) <= now_s for key in kept):
        raise SystemExit("No other key signs yet: rotate, and come back in ten minutes.")
    return {**secret, "signing_keys": kept}


def new_signing_key(now_s: int, *, signs_from: int) -> dict[str, Any]:
    kid = f"{time.strftime('%Y%m%d', time.gmtime(now_s))}-{secrets.token_hex(4)}"
    return {"kid": kid, "private_key": random_key(), "signs_from": signs_from}


def random_key() -> str:
    return b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def carry_out(
    command: str, read: Callable[[], str | None], write: Callable[[str], None], *, kid: str = ""
) -> str:
    """What was done, in words. A secret that holds something is never made anew: everybody would be logged out."""
    now_s, text = int(time.time()), read()
    if command == "make":
        if text:
            return "There are keys already; nothing was changed."
        write(json.dumps(made(now_s)))
        return "Made."
    if not text:
        raise SystemExit("There are no keys yet: make them first.")
    before = json.loads(text)
    after = without(before, kid, now_s) if command == "remove" else rotated(before, now_s)
    if after is before:
        return "A new key waits for its time already; nothing was changed."
    parse(json.dumps(after))
    write(json.dumps(after))
    return "\n".join(f"{key['kid']} signs from {as_time(key)}" for key in after["signing_keys"])


def as_time(key: dict[str, Any]) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(int(key["signs_from"])))


def in_file(path: Path) -> tuple[Callable[[], str | None], Callable[[str], None]]:
    def read() -> str | None:
        return path.read_text() if path.exists() else None

    def write(text: str) -> None:
        scratch = path.with_suffix(".new")
        scratch.unlink(missing_ok=True)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        scratch.replace(path)

    return read, write


def in_secrets_manager(secret_id: str) -> tuple[Callable[[], str | None], Callable[[str], None]]:
    import boto3

    from chalicelib.adapters.secrets import SecretsManager

    client = boto3.client("secretsmanager")
    reader = SecretsManager(client)

    def write(text: str) -> None:
        client.put_secret_value(SecretId=secret_id, SecretString=text)

    return lambda: reader.read(secret_id), write


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.identity_keys")
    parser.add_argument("command", choices=["make", "rotate", "remove"])
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--secret-id", help="name or ARN of the stack's identity secret")
    place.add_argument("--file", type=Path, help="a laptop's run/identity.json; then `make up`")
    parser.add_argument("--kid", default="", help="which key to remove, because it leaked")
    asked = parser.parse_args()
    kept = in_file(asked.file) if asked.file else in_secrets_manager(asked.secret_id)
    sys.stdout.write(carry_out(asked.command, *kept, kid=asked.kid) + "\n")


if __name__ == "__main__":
    main()
