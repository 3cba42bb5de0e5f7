"""What models cost: a quote before a run, what a run has spent so far, what a month came to, your own key for them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from chalice.app import Blueprint

from chalicelib.errors import Conflict, InvalidMvs
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.agents.quote import Quote
    from chalicelib.agents.usage import MonthUsage, RunUsage
    from chalicelib.http.schemas.money import KeyBrought, MonthQuery
    from chalicelib.tenancy.model_keys import ModelKey

routes = Blueprint(__name__)


@endpoint(
    routes,
    "/v1/apps/{app_id}/quote",
    method="GET",
    needs="apps:read",
    gives="QuoteShown",
    refuses=(InvalidMvs,),
)
def quote(call: Call, app_id: UUID) -> Quote:
    """What a run of this app would cost and take, were it started now. `most` is a promise, the rest an estimate."""
    from chalicelib.agents import quote as quoting
    from chalicelib.agents.quote_sizes import measured
    from chalicelib.generation.budget import left, wanted
    from chalicelib.mvs.reading import read_mvs

    here, settings = call.principal.tenant_id, call.wires.settings
    mvs = read_mvs(call.wires.apps.mvs(here, app_id), language=call.language)
    budget = wanted(settings)
    most = left(budget, call.wires.usage.committed(here)) if budget else 0
    return quoting.quote(
        measured(mvs, call.wires.scaffold), settings, call.wires.prices, budget_microdollars=most
    )


@endpoint(
    routes,
    "/v1/generations/{generation_id}/usage",
    method="GET",
    needs="usage:read",
    gives="RunUsageShown",
)
def read_run_usage(call: Call, generation_id: UUID) -> RunUsage:
    """What a run has spent so far, call by call, while it goes on and afterwards."""
    from chalicelib.agents.usage import run_usage

    generation = call.wires.generations.read(call.principal.tenant_id, generation_id)
    return run_usage(generation, spending=call.wires.spending, books=call.wires.usage)


@endpoint(routes, "/v1/usage", method="GET", needs="usage:read", gives="MonthUsageShown")
def read_month_usage(call: Call, query: MonthQuery) -> MonthUsage:
    """What models cost the organization in a month (UTC), by role and model, and what is left of it."""
    from datetime import UTC, datetime

    from chalicelib.agents.usage import month_usage
    from chalicelib.tenancy.plans import quota_month

    present = quota_month(datetime.now(UTC))
    return month_usage(
        call.principal.tenant_id,
        query.first_day or present,
        present,
        month_max=call.wires.settings.month_microdollars_max,
        books=call.wires.usage,
    )


@endpoint(
    routes,
    "/v1/organization/model-key",
    method="PUT",
    needs="organization:manage",
    gives="ModelKeyShown",
    refuses=(Conflict,),
)
def bring_key(call: Call, body: KeyBrought) -> ModelKey:
    """Have models asked with your own key from the next call on. It can't be read again; the budgets stay as they are."""
    from chalicelib.tenancy import model_keys

    return model_keys.bring(
        call.principal.tenant_id,
        body.key,
        by=call.principal.actor,
        keys=call.wires.model_keys,
        trail=call.wires.audit,
    )


@endpoint(
    routes,
    "/v1/organization/model-key",
    method="GET",
    needs="organization:manage",
    gives="ModelKeyShown",
)
def show_key(call: Call) -> ModelKey:
    """Whether you brought a key (404 if not), its last four characters, since when."""
    from chalicelib.tenancy import model_keys

    return model_keys.shown(call.principal.tenant_id, keys=call.wires.model_keys)


@endpoint(routes, "/v1/organization/model-key", method="DELETE", needs="organization:manage")
def take_key_back(call: Call) -> None:
    """Have models asked with the platform's key again. Without one, nothing happens."""
    from chalicelib.tenancy import model_keys

    model_keys.take_back(
        call.principal.tenant_id,
        by=call.principal.actor,
        keys=call.wires.model_keys,
        trail=call.wires.audit,
    )
