from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from workspaces.models import Invitation, Membership, Workspace
from workspaces.roles import role_choices


class WorkspaceForm(forms.ModelForm):
    class Meta:
        model = Workspace
        fields = ["name"]


class RoleForm(forms.ModelForm):
    role = forms.ChoiceField(label=_("Role"), choices=role_choices)

    class Meta:
        model = Membership
        fields = ["role"]


class InvitationForm(forms.ModelForm):
    role = forms.ChoiceField(label=_("Role"), choices=role_choices)

    class Meta:
        model = Invitation
        fields = ["email", "role"]

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if Membership.objects.filter(workspace=self.instance.workspace, user__email=email).exists():
            raise ValidationError(_("This person belongs to the workspace already."))
        return email
