"""Around every request: its id and its log line, health, the content security policy."""

import logging
import re
import time
import uuid

from django.http import HttpResponseBadRequest

from operations.health import health
from operations.logs import begin_request

log = logging.getLogger("app.requests")
WELL_FORMED = re.compile(r"[A-Za-z0-9_.-]{8,64}")
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
QUIET = ("/healthz", "/metrics", "/static/")


class RequestIdMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        offered = request.headers.get("X-Request-Id", "")
        request.id = offered if WELL_FORMED.fullmatch(offered) else uuid.uuid4().hex
        begin_request(request.id)
        started = time.perf_counter()
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request.id
        if not request.path.startswith(QUIET):
            ms = round((time.perf_counter() - started) * 1000, 1)
            facts = {"method": request.method, "path": shown_path(request), "ms": ms}
            log.info("request", extra=facts | {"status_code": response.status_code})
        return response


def shown_path(request):
    """Links that sign somebody in or let somebody join are keys; the log does not keep them."""
    match = request.resolver_match
    keys = [match.kwargs.get(name) for name in ("secret", "token")] if match else []
    path = request.path
    for key in filter(None, keys):
        path = path.replace(key, "…")
    return path


class NoNulMiddleware:
    """PostgreSQL holds no NUL characters, so an address with one can name nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest()
        return self.get_response(request)


class HealthMiddleware:
    """Answers before host names and HTTPS are looked at: load balancers ask by address."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return health() if request.path == "/healthz" else self.get_response(request)


class ContentSecurityPolicyMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        return response
