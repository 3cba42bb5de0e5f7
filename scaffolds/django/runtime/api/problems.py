"""Errors of the API as application/problem+json (RFC 9457)."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError
from django.db.models import ProtectedError
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as UnreadableInput

from pages.saving import explain
from workspaces.rules import by_field
from workspaces.workflows import WrongState


def problem(status, title, detail="", **facts):
    body = {"type": "about:blank", "status": status, "title": str(title)}
    if detail:
        body["detail"] = str(detail)
    return JsonResponse(body | facts, status=status, content_type="application/problem+json")


def impossible(request, error):
    """What no field says and the database still refuses, such as a NUL character."""
    return problem(422, _("Some values cannot be accepted."))


def answer_problems(api):
    def answer(error_class):
        return api.exception_handler(error_class)

    answer(DataError)(impossible)

    @answer(AuthenticationError)
    def unauthenticated(request, error):
        response = problem(401, _("Sign in first, or send a personal API token."))
        response["WWW-Authenticate"] = "Bearer"
        return response

    @answer(PermissionDenied)
    def refused(request, error):
        return problem(403, _("Your role does not allow this."))

    @answer(Http404)
    def not_found(request, error):
        return problem(404, _("There is no such thing here."))

    @answer(WrongState)
    def conflict(request, error):
        return problem(409, error.messages[0])

    @answer(ProtectedError)
    def protected(request, error):
        return problem(409, explain(error))

    @answer(ValidationError)
    def invalid(request, error):
        return problem(422, _("Some values cannot be accepted."), errors=by_field(error))

    @answer(UnreadableInput)
    def unreadable(request, error):
        errors = {str(one["loc"][-1]): [one["msg"]] for one in error.errors}
        return problem(422, _("Some values cannot be accepted."), errors=errors)

    @answer(HttpError)
    def other(request, error):
        return problem(error.status_code, error.message)


def field_of(location):
    """`("body", "values", "price")` → `price`: the first two say where it was, not what."""
    return ".".join(map(str, location[2:] or location[-1:]))
