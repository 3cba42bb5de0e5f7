"""Field types of the business: what they hold, not only how it is stored."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from files.storage import workspace_files


class TenantForeignKey(models.ForeignKey):
    """A reference that cannot leave the workspace.

    The database's constraint is `(tenant_id, x_id) → (tenant_id, id)`, added with its index by
    `TenantForeignKeyConstraint` in the migration; Django's single-column ones would let it leave.
    """

    def __init__(self, to, on_delete, **kwargs):
        kwargs.setdefault("db_constraint", False)
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        kwargs.pop("db_index", None)
        return name, path, args, kwargs


class MoneyField(models.DecimalField):
    """An amount in the app's currency."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class Computed(property):
    field = None


def computed(field):
    """A property that is shown as this kind of field: `@computed(MoneyField("Total"))`."""

    def decorate(method):
        method.short_description = field.verbose_name
        shown = Computed(method)
        shown.field = field
        return shown

    return decorate


class PhoneField(models.CharField):
    default_validators = [
        RegexValidator(
            r"^\+?[0-9 ()./-]{5,32}$", _("Enter a phone number, such as +34 600 000 000.")
        )
    ]

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)


class TenantFileField(models.FileField):
    """A file kept in the database under the same policy as the row it belongs to."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("storage", workspace_files)
        kwargs.setdefault("max_length", 255)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("storage", None)
        return name, path, args, kwargs

    def generate_filename(self, instance, filename):
        folder = f"{instance._meta.app_label}/{instance._meta.model_name}"
        return self.storage.generate_filename(f"{folder}/{filename}")
