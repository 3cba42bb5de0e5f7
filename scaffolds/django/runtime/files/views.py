from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from files.models import StoredFile
from workspaces.permissions import may

SHOWN_IN_BROWSER = {"image/png", "image/jpeg", "image/gif", "image/webp"}


@require_safe
def download(request, name):
    """A file of the active workspace, for whoever may view the rows it belongs to."""
    try:
        model = apps.get_model(*name.split("/")[:2])
    except (LookupError, TypeError, ValueError):
        raise Http404 from None
    if not may(request.membership, "view", model):
        raise PermissionDenied
    file = StoredFile.objects.filter(name=name).first()
    if file is None:
        raise Http404
    response = HttpResponse(bytes(file.content), content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(
        file.content_type not in SHOWN_IN_BROWSER, str(file)
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, max-age=0"
    return response
