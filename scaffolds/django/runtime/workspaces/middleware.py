"""Puts each request inside the person's active workspace, as one transaction."""

from django.db import transaction

from workspaces.models import Membership
from workspaces.tenancy import tenant_scope

SESSION_KEY = "workspace_id"


class WorkspaceMiddleware:
    """Sets `request.membership` and `request.workspace`, or None: then no business row can be read at all."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.memberships = memberships_of(request)
        request.membership = active_membership(request)
        request.workspace = request.membership and request.membership.workspace
        if request.workspace is None:
            return self.get_response(request)
        with tenant_scope(request.workspace, request.user, membership=request.membership):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


def memberships_of(request):
    if token := getattr(request, "api_token", None):
        return [token.membership]
    if not request.user.is_authenticated:
        return []
    return list(Membership.objects.filter(user=request.user).select_related("workspace"))


def active_membership(request):
    if not request.memberships:
        return None
    chosen = None if getattr(request, "api_token", None) else request.session.get(SESSION_KEY)
    return next(
        (one for one in request.memberships if str(one.workspace_id) == chosen),
        request.memberships[0],
    )
