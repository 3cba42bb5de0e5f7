"""A person's API tokens, on the profile page."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from api.models import ApiToken


@require_POST
def create(request):
    if request.membership is None:
        return redirect("workspaces:create")
    name = request.POST.get("name", "").strip()[:80] or _("API token")
    token, secret = ApiToken.issue(request.membership, name)
    response = render(request, "accounts/token_created.html", {"token": token, "secret": secret})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def revoke(request, pk):
    get_object_or_404(ApiToken, pk=pk, membership__user=request.user).delete()
    messages.success(request, _("The token no longer works."))
    return redirect("accounts:profile")
