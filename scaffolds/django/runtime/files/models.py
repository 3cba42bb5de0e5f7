from django.db import models
from django.utils.translation import gettext_lazy as _

from workspaces.constraints import UniqueInTenant
from workspaces.models import TenantModel


class StoredFile(TenantModel):
    name = models.CharField(max_length=255)
    content = models.BinaryField()
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [UniqueInTenant(fields=["name"], name="stored_file_name_unique")]

    def __str__(self):
        return self.name.rpartition("/")[2]
