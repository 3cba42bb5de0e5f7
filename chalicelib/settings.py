"""The only reader of the environment: one frozen `Settings`, read once, all faults listed together.

In: `FRAGUA_*` variables (names in `.chalice/config.json`, values from infra/app.yaml). Out: `Settings`.
Callers: `wiring.py`. The surprise: secrets never come through here, only the ids under which they are kept.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields


class FaultySettings(Exception):
    """Raised at cold start with every fault in one message."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    stage: str
    """`dev` on a laptop, anything else is a deployment."""
    artifact_bucket: str
    run_table: str
    state_machine_arn: str = ""
    database_secret_id: str = ""
    """Secrets Manager id of the platform's app-role connection string."""
    app_databases_secret_id: str = ""
    """Secrets Manager id of the connection string that may create app databases and roles."""
    identity_secret_id: str = ""
    """Secrets Manager id of the keys that sign tokens and seal what the database must not know."""
    session_table: str = ""
    limit_table: str = ""
    public_url: str = "http://localhost:8000"
    """Where people reach us: issuer of tokens, beginning of links in letters."""
    mail_from: str = "fragua@localhost"
    job_queue_url: str = ""
    """Where work is put that nobody waits for: letters, exports."""
    google_client_id: str = ""
    """Empty where Google is not offered; its secret is in the identity secret. The same for GitHub."""
    github_client_id: str = ""
    google_url: str = ""
    """Where a stand-in for Google answers; empty is Google itself. The same for GitHub."""
    github_url: str = ""
    reads_per_minute: int = 100
    """Per organization; the next two as well."""
    writes_per_minute: int = 30
    key_requests_per_hour: int = 1000
    """Per API key."""
    public_reads_per_minute: int = 120
    """Per address, on routes for anybody; offices share one. The next as well."""
    public_writes_per_minute: int = 60
    registry_url: str = ""
    """Base of the registry's HTTP API, `https://host` (AWS) or `http://127.0.0.1:4566`; `/v2/` is appended."""
    app_repository: str = "apps"
    base_image_tag: str = ""
    cluster: str = ""
    listener_arn: str = ""
    vpc_id: str = ""
    task_subnets: str = ""
    """Comma-separated subnet ids."""
    task_security_group: str = ""
    task_execution_role_arn: str = ""
    app_url_template: str = "https://{slug}.{domain}"
    app_domain: str = ""
    app_port_base: int = 8100
    aws_endpoint_url: str = ""
    """Set on a laptop only; every boto3 client is made with it."""
    aws_region: str = "eu-west-1"
    engine: str = "offline"
    """`offline` or `claude`."""
    opus_model: str = ""
    """Model ids; needed by the engine `claude` alone. Prices of each must be known."""
    sonnet_model: str = ""
    haiku_model: str = ""
    model_base_url: str = ""
    """Where an Anthropic-compatible API answers; empty is Anthropic itself."""
    model_secret_id: str = ""
    """Secrets Manager id of the platform's key for it."""
    organization_model_secret_prefix: str = ""
    """Beginning of the names of the keys that organizations bring themselves."""
    discovery_function: str = ""
    """The Lambda that answers a turn of a conversation."""
    generation_microdollars_max: int = 5_000_000
    """What models may cost a run."""
    month_microdollars_max: int = 200_000_000
    """What models may cost an organization in a calendar month (UTC), runs and conversations together."""
    turn_microdollars_max: int = 500_000
    """What models may cost one turn of a conversation."""
    stripe_secret_id: str = ""
    """Secrets Manager id of `{"api_key": …, "webhook_secrets": [new, old]}`; empty where nothing is sold."""
    stripe_base_url: str = ""
    """Where a stand-in for Stripe answers; empty is Stripe itself."""
    stripe_prices: str = ""
    """`starter=price_…,pro=price_…,scale=price_…,generations=price_…,tokens=price_…`, as `fragua billing sync` prints it;
    older prices of a plan follow after a `|`."""
    stripe_tax: str = "off"
    """`on` leaves taxes to Stripe Tax."""
    spreadsheet_bytes_max: int = 10 * 1024 * 1024
    generation_rounds_max: int = 3
    generation_parallel_max: int = 10
    """How many modules of a run are written at the same time."""
    mvs_bytes_max: int = 256 * 1024
    bundle_bytes_max: int = 20 * 1024 * 1024
    report_bytes_max: int = 2 * 1024 * 1024
    presigned_url_s: int = 900
    healthy_within_s: int = 60
    run_record_days: int = 90
    organization_grace_days: int = 14
    """Between asking for an organization's deletion and its end."""
    sweep_quiet_s: int = 900
    """How long an ended run is left alone: longer than its slowest Lambda may still work."""
    log_level: str = "INFO"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Raises `FaultySettings` naming every missing or malformed variable at once."""
    source = os.environ if environ is None else environ
    values: dict[str, str | int] = {}
    faults: list[str] = []
    for field in fields(Settings):
        name = f"FRAGUA_{field.name.upper()}"
        text = source.get(name, "")
        if not text:
            if field.default is MISSING:
                faults.append(f"{name} is missing")
            continue
        if field.type == "int":
            if not text.isdigit():
                faults.append(f"{name} is {text!r}, give a whole number")
                continue
            values[field.name] = int(text)
        else:
            values[field.name] = text
    if faults:
        raise FaultySettings("; ".join(faults))
    return Settings(**values)  # type: ignore[arg-type]
