from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

API = "/api/"
ALWAYS_OPEN = ("accounts:change_password", "accounts:sign_out", "set_language")


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page needs a signed-in person unless it says otherwise. The API answers for itself, with 401."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.path.startswith(API):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class LanguageMiddleware:
    """The language a person chose in the profile goes before the browser's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.user.is_authenticated and request.user.language
        if not chosen:
            return self.get_response(request)
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = self.get_response(request)
            response.headers["Content-Language"] = chosen
        return response


class MustChangePasswordMiddleware:
    """A one-time password opens one door: the form that replaces it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not self.must_change_first(request):
            return self.get_response(request)
        if request.path.startswith(API):
            detail = _("Change your first password, then use the API.")
            return JsonResponse({"title": "Forbidden", "status": 403, "detail": detail}, status=403)
        return redirect("accounts:change_password")

    def must_change_first(self, request):
        if not (request.user.is_authenticated and request.user.must_change_password):
            return False
        return request.path not in [reverse(name) for name in ALWAYS_OPEN]
