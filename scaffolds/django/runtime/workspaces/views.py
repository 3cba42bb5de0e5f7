"""Workspaces: making one, changing between them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, UpdateView

from workspaces.access import owner_required
from workspaces.forms import WorkspaceForm
from workspaces.middleware import SESSION_KEY
from workspaces.models import Membership
from workspaces.roles import OWNER


class CreateWorkspace(CreateView):
    template_name = "workspaces/create.html"
    form_class = WorkspaceForm

    def form_valid(self, form):
        workspace = form.save()
        Membership.objects.create(workspace=workspace, user=self.request.user, role=OWNER)
        self.request.session[SESSION_KEY] = str(workspace.pk)
        messages.success(self.request, _("Your new workspace is ready."))
        return redirect("home")


@owner_required
class EditWorkspace(UpdateView):
    template_name = "workspaces/edit.html"
    form_class = WorkspaceForm

    def get_object(self, queryset=None):
        return self.request.workspace

    def form_valid(self, form):
        form.save()
        messages.success(self.request, _("Saved."))
        return redirect("workspaces:members")


@require_POST
def switch(request, pk):
    membership = get_object_or_404(Membership, workspace=pk, user=request.user)
    request.session[SESSION_KEY] = str(membership.workspace_id)
    return redirect("home")
