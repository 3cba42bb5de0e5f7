"""DOOR for people and programs: one module per resource, a view is parse → one call → reply.

The surprise: rooms are imported inside the views, so that a cold start waits for what the first request needs, not for all.
"""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib.http import apps, audit, auth, generations, keys, me, mvs, oauth, reference, sessions
from chalicelib.http.problems import chalice_bodies_as_problems


def register(app: Chalice) -> None:
    """Puts every route and the one middleware on the app."""
    for resource in (reference, mvs, apps, generations, keys, audit, sessions, auth, me, oauth):
        app.register_blueprint(resource.routes)
    app.register_middleware(chalice_bodies_as_problems, event_type="http")
