from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

LOOPBACK = ("127.0.0.1", "::1")


@login_not_required
@require_safe
def metrics(request):
    """For Prometheus: with `Authorization: Bearer $METRICS_TOKEN`, or straight from this machine."""
    if not (has_token(request) or is_local(request)):
        raise Http404
    return ExportToDjangoView(request)


def has_token(request):
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(offered, settings.METRICS_TOKEN)


def is_local(request):
    is_forwarded = "HTTP_X_FORWARDED_FOR" in request.META
    return (
        request.META.get("REMOTE_ADDR") in LOOPBACK
        and not is_forwarded
        and not settings.METRICS_TOKEN
    )
