"""What things are called outside: databases, secrets, services, images, addresses. One place, so that they can be found again.

In: settings and a run. Out: names. Callers: this room; `infra/app.yaml` grants permissions by the same prefixes.
The surprise: the repository's name (`<stack>/apps`) is the namespace of everything here, so two stacks in one account
never meet; and short ids are the *last* digits of a UUID, because the first ones of some kinds are a clock.
"""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlsplit

from chalicelib.generation.run import Run
from chalicelib.settings import Settings

LOCAL_DOMAIN = "localhost"


def short_id(run: Run) -> str:
    return run.generation_id.replace("-", "")[-12:]


def app_url(settings: Settings, run: Run) -> str:
    """The app's address: the same for every version."""
    return settings.app_url_template.format(
        slug=run.slug,
        domain=settings.app_domain or LOCAL_DOMAIN,
        port=settings.app_port_base + run.app_number,
    )


def app_host(settings: Settings, run: Run) -> str:
    """The host name in `app_url`, for Django's allowed hosts."""
    return urlsplit(app_url(settings, run)).hostname or LOCAL_DOMAIN


def rule_host(settings: Settings, run: Run) -> str:
    """The host that the load balancer's rule matches; on a laptop apps also have a name of their own there."""
    return f"{run.slug}.{settings.app_domain or LOCAL_DOMAIN}"


def first_owner_email(settings: Settings, run: Run) -> str:
    return f"owner@{rule_host(settings, run)}"


def app_database(run: Run) -> str:
    """Slugs have no underscore, so no two slugs give one name. At most 44 characters."""
    return f"app_{run.slug.replace('-', '_')}"


def scratch_database(run: Run, round: int) -> str:
    return f"scratch_{short_id(run)}_{round}"


def app_secret(settings: Settings, run: Run, kind: str) -> str:
    return f"{settings.app_repository}/{run.slug}/{kind}"


def scratch_secret(settings: Settings, run: Run, round: int, kind: str) -> str:
    return f"{settings.app_repository}/{run.slug}/checks-{short_id(run)}-{round}/{kind}"


def service(run: Run) -> str:
    return run.slug


def service_family(settings: Settings, run: Run) -> str:
    return f"{_prefix(settings)}-{run.slug}"


def one_off(kind: str, run: Run, round: int) -> str:
    return f"{kind.replace('_', '-')}-{short_id(run)}-{round}"


def one_off_family(settings: Settings, kind: str, run: Run, round: int) -> str:
    return f"{_prefix(settings)}-{one_off(kind, run, round)}"


def target_group(settings: Settings, run: Run) -> str:
    """At most 32 characters, unique in the account."""
    return f"app-{run.app_number}-{sha256(settings.app_repository.encode()).hexdigest()[:8]}"


def log_group(settings: Settings) -> str:
    return f"/{settings.app_repository}"


def image_tag(run: Run) -> str:
    return f"app-{run.slug}-v{run.version}"


def _prefix(settings: Settings) -> str:
    return settings.app_repository.replace("/", "-")
