from django.db import models

from business.customer.models import Customer
from business.worker.models import Worker
from workspaces.constraints import NoOverlap, UniqueInTenant
from workspaces.fields import MoneyField, TenantForeignKey
from workspaces.models import TenantModel
from workspaces.workflows import Transition, Workflow

from .rules import RULES


class Visit(TenantModel):
    class Status(models.TextChoices):
        PLANNED = "planned", "Prevista"
        DONE = "done", "Hecha"
        CANCELLED = "cancelled", "Anulada"

    code = models.CharField("código", max_length=20)
    customer = TenantForeignKey(
        Customer, models.PROTECT, related_name="visits", verbose_name="cliente"
    )
    worker = TenantForeignKey(
        Worker,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="visits",
        verbose_name="mecánico",
    )
    starts_at = models.DateTimeField("empieza")
    ends_at = models.DateTimeField("termina")
    price = MoneyField("precio", default=0)
    reason = models.CharField("motivo", max_length=200, blank=True, help_text="Solo si se anula.")
    status = models.CharField(
        "estado", max_length=40, choices=Status, default=Status.PLANNED, editable=False
    )

    workflow = Workflow(
        field="status",
        transitions=[
            Transition(
                "finish", "Terminar", sources=["planned"], target="done", roles=["mechanic"]
            ),
            Transition("cancel", "Anular", sources=["planned"], target="cancelled", roles=["desk"]),
        ],
    )
    rules = RULES

    class Meta(TenantModel.Meta):
        verbose_name = "visita"
        verbose_name_plural = "visitas"
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["tenant", "starts_at"], name="visit_starts_at")]
        constraints = [
            UniqueInTenant(fields=["code"], name="visit_code_unique"),
            NoOverlap(
                resource="worker",
                start="starts_at",
                end="ends_at",
                unless=models.Q(status="cancelled"),
                name="visit_no_overlap",
                violation_error_message="El mecánico ya tiene una visita a esa hora.",
            ),
        ]

    def __str__(self):
        return self.code
