"""`/v1/organization`: the one you act in; `/v1/organizations`: making another."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chalice.app import Blueprint

from chalicelib.errors import Conflict, Forbidden
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.http.schemas.organization import (
        NewOrganization,
        OrganizationChange,
        TypedName,
    )
    from chalicelib.tenancy.organizations import Organization, Quota
    from chalicelib.tenancy.roles import Role

routes = Blueprint(__name__)


@endpoint(
    routes,
    "/v1/organizations",
    method="POST",
    needs="person",
    gives="OrganizationShown",
    status=201,
    needs_idempotency_key=True,
    refuses=(Conflict, Forbidden),
)
def create(call: Call, body: NewOrganization) -> dict[str, Any]:
    """Make an organization; you own it. Switch to it to act in it."""
    from chalicelib.tenancy.organizations import id_for

    person = call.principal.person_id
    made = call.wires.organizations.create(
        id_for(person, call.required_idempotency_key), **dict(body), owner=person
    )
    return shown(call, made, "owner")


@endpoint(
    routes,
    "/v1/organization",
    method="GET",
    needs="organization:read",
    gives="OrganizationShown",
)
def read(call: Call) -> dict[str, Any]:
    """The organization you act in. Its plan, what is left of the month's quota, when it will be deleted if ever."""
    return shown(call, call.wires.organizations.read(call.principal.tenant_id))


@endpoint(
    routes,
    "/v1/organization/quota",
    method="GET",
    needs="organization:read",
    gives="QuotaShown",
)
def quota(call: Call) -> Quota:
    """What the plan gives and what is used. Generations of the period and beyond the plan, seats, runs under way."""
    return call.wires.organizations.quota(call.principal.tenant_id)


@endpoint(
    routes,
    "/v1/organization",
    method="PATCH",
    needs="organization:manage",
    gives="OrganizationShown",
)
def change(call: Call, body: OrganizationChange) -> dict[str, Any]:
    """Call it something else, or have us write to it in another language."""
    changed = call.wires.organizations.change(
        call.principal.tenant_id, **dict(body), by=call.principal.actor
    )
    return shown(call, changed)


@endpoint(
    routes,
    "/v1/organization",
    method="DELETE",
    needs="organization:manage",
    gives="OrganizationShown",
    refuses=(Conflict,),
)
def delete(call: Call, body: TypedName) -> dict[str, Any]:
    """Delete it, its apps and all they hold. Until the grace period is over, everything works and this can be taken back."""
    doomed = call.wires.organizations.schedule_deletion(
        call.principal.tenant_id,
        name=body.name,
        grace=timedelta(days=call.wires.settings.organization_grace_days),
        by=call.principal.actor,
    )
    call.wires.jobs.put("mail")
    return shown(call, doomed)


@endpoint(
    routes,
    "/v1/organization/restore",
    method="POST",
    needs="organization:manage",
    gives="OrganizationShown",
)
def restore(call: Call) -> dict[str, Any]:
    """Take its deletion back. Where there was none, nothing happens."""
    kept = call.wires.organizations.take_back_deletion(
        call.principal.tenant_id, by=call.principal.actor
    )
    return shown(call, kept)


@endpoint(
    routes,
    "/v1/organization/export",
    method="POST",
    needs="organization:manage",
    gives="ExportShown",
    status=202,
    location="/v1/organization/exports/{id}",
    creates=True,
    refuses=(Conflict,),
)
def export(call: Call) -> dict[str, Any]:
    """Ask for a copy of everything it has here: a zip with a file per table, specs and documents. One at a time."""
    here, by = call.principal.tenant_id, call.principal.actor
    asked = call.wires.exports.request(here, by=by)
    call.wires.jobs.put("export", tenant_id=here, export_id=asked.id)
    return shown_export(call, asked.id)


@endpoint(
    routes,
    "/v1/organization/exports/{export_id}",
    method="GET",
    needs="organization:manage",
    gives="ExportShown",
)
def read_export(call: Call, export_id: UUID) -> dict[str, Any]:
    """How a copy stands, and where it can be fetched for some minutes. Kept for a week."""
    return shown_export(call, export_id)


def shown(call: Call, organization: Organization, role: Role | None = None) -> dict[str, Any]:
    """`role` where it is not the caller's in the organization they act in."""
    return {
        **asdict(organization),
        "role": role or call.principal.role,
        "quota": call.wires.organizations.quota(organization.id),
    }


def shown_export(call: Call, export_id: UUID) -> dict[str, Any]:
    from chalicelib.tenancy import exports

    here = call.principal.tenant_id
    return exports.shown(
        call.wires.exports.read(here, export_id),
        here,
        by=call.principal.actor,
        exports=call.wires.exports,
        link=call.wires.artifacts.link_to_read,
    )
