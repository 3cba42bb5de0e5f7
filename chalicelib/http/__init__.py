"""DOOR for people and programs: one module per resource, a view is parse → one call → reply.

The surprise: rooms are imported inside the views, so that a cold start waits for what the first request needs, not for all.
"""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib.http import (
    apps,
    audit,
    auth,
    billing,
    billing_usage,
    catalogue,
    discoveries,
    generations,
    imports,
    invitations,
    keys,
    me,
    members,
    money,
    mvs,
    oauth,
    organization,
    passwords,
    reference,
    sessions,
    webhooks,
)
from chalicelib.http.browsers import told_to_browsers
from chalicelib.http.problems import chalice_bodies_as_problems

RESOURCES = (
    reference,
    mvs,
    catalogue,
    apps,
    generations,
    discoveries,
    imports,
    money,
    billing,
    billing_usage,
    keys,
    audit,
    sessions,
    auth,
    passwords,
    me,
    oauth,
    organization,
    members,
    invitations,
    webhooks,
)


def register(app: Chalice) -> None:
    """Puts every route and the two middlewares on the app."""
    for resource in RESOURCES:
        app.register_blueprint(resource.routes)
    app.register_middleware(told_to_browsers, event_type="http")
    app.register_middleware(chalice_bodies_as_problems, event_type="http")
