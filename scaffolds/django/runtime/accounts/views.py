"""Signing in and out, passwords, profile."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import UpdateView

from accounts.forms import ProfileForm, SignInForm
from api.models import ApiToken

open_to_all = method_decorator(login_not_required, name="dispatch")


class SignIn(auth.LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(auth.LogoutView):
    http_method_names = ["post", "options"]


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ChangePassword(auth.PasswordChangeView):
    template_name = "accounts/change_password.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form):
        form.user.must_change_password = False
        response = super().form_valid(form)
        messages.success(self.request, _("Your password is changed."))
        return response

    def get_context_data(self, **kwargs):
        is_first = self.request.user.must_change_password
        return super().get_context_data(is_first=is_first, **kwargs)


@open_to_all
class ForgotPassword(auth.PasswordResetView):
    template_name = "accounts/forgot_password.html"
    email_template_name = "accounts/reset_password_email.txt"
    subject_template_name = "accounts/reset_password_subject.txt"
    success_url = reverse_lazy("accounts:forgot_password_sent")
    extra_email_context = {
        "app_url": settings.APP_URL
    }  # never the Host header, which anybody chooses


@open_to_all
class ForgotPasswordSent(auth.PasswordResetDoneView):
    template_name = "accounts/forgot_password_sent.html"


@open_to_all
class ResetPassword(auth.PasswordResetConfirmView):
    template_name = "accounts/reset_password.html"
    success_url = reverse_lazy("accounts:sign_in")

    def form_valid(self, form):
        form.user.must_change_password = False
        messages.success(self.request, _("Your password is changed. Sign in with it."))
        return super().form_valid(form)


class Profile(SuccessMessageMixin, UpdateView):
    template_name = "accounts/profile.html"
    form_class = ProfileForm
    success_url = reverse_lazy("accounts:profile")
    success_message = _("Saved.")

    def get_object(self, queryset=None):
        return self.request.user

    def get_context_data(self, **kwargs):
        tokens = ApiToken.objects.filter(membership=self.request.membership)
        return super().get_context_data(tokens=tokens, **kwargs)


@require_POST
def choose_theme(request):
    """The button in the top bar: a plain form, made instant by theme.js."""
    theme = request.POST.get("theme")
    if theme in request.user.Theme.values:
        request.user.theme = theme
        request.user.save(update_fields=["theme"])
    return redirect("home") if "HX-Request" not in request.headers else HttpResponse(status=204)
