"""`Authorization: Bearer app_…` signs the request in before anything asks who it is."""

from datetime import timedelta

from django.utils import timezone

from api.models import ApiToken, digest

USED_RECENTLY = timedelta(minutes=10)


class TokenMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.api_token = None
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and request.path.startswith("/api/"):
            request.api_token = valid_token(secret.strip())
        if request.api_token:
            request.user = request.api_token.membership.user
        return self.get_response(request)


def valid_token(secret):
    found = ApiToken.objects.filter(digest=digest(secret), membership__user__is_active=True)
    token = found.select_related("membership__user", "membership__workspace").first()
    now = timezone.now()
    if token and (token.last_used_at is None or now - token.last_used_at > USED_RECENTLY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
