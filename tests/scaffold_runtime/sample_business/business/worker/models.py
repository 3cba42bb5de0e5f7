from django.db import models

from workspaces.models import TenantModel


class Worker(TenantModel):
    name = models.CharField("nombre", max_length=200)

    class Meta(TenantModel.Meta):
        verbose_name = "mecánico"
        verbose_name_plural = "mecánicos"
        ordering = ["name"]

    def __str__(self):
        return self.name
