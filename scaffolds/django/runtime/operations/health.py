import logging

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import JsonResponse

log = logging.getLogger("app.health")


def health():
    """200 when this process reaches its database, 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        log.exception("database_unreachable")
        return JsonResponse({"status": "broken", "version": settings.VERSION}, status=503)
    return JsonResponse({"status": "ok", "version": settings.VERSION})
