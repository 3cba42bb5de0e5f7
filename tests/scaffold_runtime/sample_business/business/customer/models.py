from django.db import models

from workspaces.constraints import UniqueInTenant
from workspaces.fields import PhoneField, TenantFileField
from workspaces.models import TenantModel


class Customer(TenantModel):
    name = models.CharField("nombre", max_length=200)
    email = models.EmailField("correo", blank=True)
    phone = PhoneField("teléfono", blank=True)
    since = models.DateField("cliente desde", null=True, blank=True)
    is_company = models.BooleanField("empresa", default=False)
    contract = TenantFileField("contrato", blank=True)
    notes = models.TextField("notas", blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = "cliente"
        verbose_name_plural = "clientes"
        ordering = ["name"]
        indexes = [models.Index(fields=["tenant", "name"], name="customer_name")]
        constraints = [UniqueInTenant(fields=["name"], name="customer_name_unique")]

    def __str__(self):
        return self.name
