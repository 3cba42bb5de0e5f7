"""Who may call the API: a personal token, or the browser's session with its CSRF token."""

from django.core.exceptions import PermissionDenied
from ninja.security import HttpBearer, SessionAuth

from workspaces.permissions import may


class TokenAuth(HttpBearer):
    """The middleware has looked the token up already; here it only has to be there."""

    def authenticate(self, request, token):
        return request.api_token and request.membership


class MemberSession(SessionAuth):
    def __call__(self, request):
        is_session = request.api_token is None and request.user.is_authenticated
        return super().__call__(request) if is_session else None

    def authenticate(self, request, key):
        return request.membership


TOKEN = TokenAuth()
SESSION = MemberSession(csrf=True)


def require(request, action, model):
    """Refuse with 403 unless the member may `view`, `create`, `edit` or `delete` the model's rows."""
    if not may(request.membership, action, model):
        raise PermissionDenied
