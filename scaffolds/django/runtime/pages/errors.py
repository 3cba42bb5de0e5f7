"""Error pages inside the app's frame, with what to do next."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import gettext as _

from operations.logs import request_id


def page(request, status, title, advice):
    context = {"title": title, "advice": advice, "status": status, "request_id": request_id()}
    return render(request, "pages/error.html", context, status=status)


def refused(request, exception=None):
    return page(
        request, 403, _("Your role does not allow this"), _("Ask an owner of the workspace.")
    )


def not_found(request, exception=None):
    advice = _("It may have been deleted, or it belongs to another workspace.")
    return page(request, 404, _("There is no such page"), advice)


def broken(request):
    advice = _("Nothing was saved. Try again; if it stays, tell us this number.")
    return page(request, 500, _("Something went wrong on our side"), advice)


@login_not_required
def csrf_failure(request, reason=""):
    advice = _(
        "The page was open for too long or cookies are off. Go back, reload and send it again."
    )
    return page(request, 403, _("This form is no longer valid"), advice)
