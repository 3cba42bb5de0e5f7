from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from accounts.models import User


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("Email"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request=None, *args, **kwargs):
        self.request = request
        self.user = None
        super().__init__(*args, **kwargs)

    def clean(self):
        email, password = self.cleaned_data.get("email"), self.cleaned_data.get("password")
        if not email or not password:
            return
        address = throttle.address_of(self.request)
        if throttle.is_blocked(email, address):
            raise ValidationError(_("Too many attempts. Wait a quarter of an hour and try again."))
        self.user = authenticate(self.request, username=email, password=password)
        if self.user is None:
            throttle.remember_failure(email, address)
            raise ValidationError(_("That email and password do not match."))
        throttle.forget_failures(email, address)

    def get_user(self):
        return self.user


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "language", "theme"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        languages = self.fields["language"]
        languages.choices = [("", _("Like the device")), *languages.choices[1:]]


class AcceptInvitationForm(forms.ModelForm):
    """For somebody new: a name and a password. The email is the one that was invited."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ["name"]

    def _post_clean(self):
        super()._post_clean()
        if password := self.cleaned_data.get("password"):
            try:
                validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("password", error)
