"""Forms of the business: the right control for each kind of field, own workspace's choices only."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.renderers import TemplatesSetting
from django.template.defaultfilters import filesizeformat
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pages.values import currency_symbol
from workspaces.fields import MoneyField, PhoneField


class Renderer(TemplatesSetting):
    form_template_name = "pages/forms/form.html"
    field_template_name = "pages/forms/field.html"


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class DateTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class PhoneInput(forms.TextInput):
    input_type = "tel"


class FileInput(forms.ClearableFileInput):
    template_name = "pages/forms/file.html"


class WorkspaceFileField(forms.FileField):
    def clean(self, data, initial=None):
        data = super().clean(data, initial)
        if data and getattr(data, "size", 0) > settings.MAX_UPLOAD_BYTES:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            raise ValidationError(_("The file is larger than %(limit)s.") % {"limit": limit})
        return data


def control_for(field, **kwargs):
    """The form field for a model field."""
    if isinstance(field, MoneyField):
        kwargs["label"] = f"{capfirst(field.verbose_name)} ({currency_symbol()})"
    for kind, control in CONTROLS.items():
        if isinstance(field, kind):
            kwargs |= control()
            break
    return field.formfield(**kwargs)


# The first kind that fits decides, so the narrower ones stand first.
CONTROLS = {
    models.FileField: lambda: {"form_class": WorkspaceFileField, "widget": FileInput},
    models.DateTimeField: lambda: {"widget": DateTimeInput},
    models.DateField: lambda: {"widget": DateInput},
    MoneyField: lambda: {"widget": forms.NumberInput({"step": "0.01", "inputmode": "decimal"})},
    PhoneField: lambda: {"widget": PhoneInput({"autocomplete": "tel"})},
    models.URLField: lambda: {"assume_scheme": "https"},
    models.TextField: lambda: {"widget": forms.Textarea({"rows": 4})},
}


def name_blank_choice(field):
    """Words instead of a row of dashes."""
    label = _("Choose…") if field.required else "—"
    if isinstance(field, forms.ModelChoiceField):
        field.empty_label = field.empty_label and label
    elif isinstance(field, forms.ChoiceField):
        field.choices = [(key, label if key in ("", None) else name) for key, name in field.choices]


class TenantForm(forms.ModelForm):
    """Validates the workspace's own constraints too, and offers only its rows as references."""

    required_css_class = "is-required"

    class Meta:
        formfield_callback = control_for

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = field.queryset.model._default_manager.all()
                field.widget.attrs["data-searchable"] = _("Nothing matches")
            name_blank_choice(field)

    def _get_validation_exclusions(self):
        """Fields outside the form (the tenant, the state) count when constraints and rules are checked."""
        return {name for name in super()._get_validation_exclusions() if name in self.fields}
