"""The members page: owners invite people, change roles and remove them. The last owner stays."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms import AcceptInvitationForm
from accounts.models import User
from workspaces.access import owners_only
from workspaces.forms import InvitationForm, RoleForm
from workspaces.invitations import accept, invite, open_invitation
from workspaces.middleware import SESSION_KEY
from workspaces.models import Invitation, Membership


@owners_only
def members(request):
    form = InvitationForm(request.POST or None, instance=Invitation(workspace=request.workspace))
    if request.method == "POST" and form.is_valid():
        link = invite(
            request.workspace, form.cleaned_data["email"], form.cleaned_data["role"], request.user
        )
        request.session["invitation_link"] = link
        messages.success(request, _("The invitation is on its way."))
        return redirect("workspaces:members")
    people = request.workspace.memberships.select_related("user", "workspace")
    context = {
        "people": [(one, RoleForm(instance=one, prefix=f"m{one.pk}")) for one in people],
        "invitations": request.workspace.invitations.all(),
        "form": form,
        "link": request.session.pop("invitation_link", ""),
    }
    return render(request, "workspaces/members.html", context)


@owners_only
@require_POST
def change_role(request, pk):
    membership = own_member(request, pk)
    form = RoleForm(request.POST, instance=membership, prefix=f"m{pk}")
    was_last_owner = membership.is_last_owner
    if form.is_valid() and not (was_last_owner and not form.instance.is_owner):
        form.save()
        messages.success(request, _("The role is changed."))
    else:
        messages.error(request, _("A workspace needs at least one owner."))
    return redirect("workspaces:members")


@owners_only
@require_POST
def remove(request, pk):
    membership = own_member(request, pk)
    if membership.is_last_owner:
        messages.error(request, _("A workspace needs at least one owner."))
    else:
        membership.delete()
        messages.success(
            request, _("%(person)s no longer has access.") % {"person": membership.user}
        )
    return redirect("workspaces:members")


@owners_only
@require_POST
def withdraw(request, pk):
    get_object_or_404(Invitation, pk=pk, workspace=request.workspace).delete()
    messages.success(request, _("The invitation no longer works."))
    return redirect("workspaces:members")


def own_member(request, pk):
    """Locks the workspace's memberships, so that two owners cannot remove each other at once."""
    list(Membership.objects.filter(workspace=request.workspace).select_for_update())
    return get_object_or_404(Membership, pk=pk, workspace=request.workspace)


@login_not_required
def accept_invitation(request, secret):
    """Somebody known signs in first; somebody new chooses a name and a password."""
    invitation = open_invitation(secret)
    if invitation is None:
        return render(request, "workspaces/invitation_gone.html", status=410)
    known = User.objects.filter(email=invitation.email).first()
    if known is None:
        return welcome(request, invitation)
    if request.user != known:
        return render(request, "workspaces/invitation_sign_in.html", {"invitation": invitation})
    if request.method == "POST":
        return enter(request, accept(invitation, known))
    return render(request, "workspaces/invitation_accept.html", {"invitation": invitation})


def welcome(request, invitation):
    form = AcceptInvitationForm(request.POST or None, instance=User(email=invitation.email))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = User.objects.create_user(
                invitation.email, form.cleaned_data["password"], name=form.cleaned_data["name"]
            )
            membership = accept(invitation, user)
        login(request, user)
        return enter(request, membership)
    return render(
        request, "workspaces/invitation_welcome.html", {"invitation": invitation, "form": form}
    )


def enter(request, membership):
    request.session[SESSION_KEY] = str(membership.workspace_id)
    return redirect("home")
