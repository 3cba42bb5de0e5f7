import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import workspaces.constraints
import workspaces.fields
from workspaces.operations import TenantForeignKeyConstraint, TenantIsolation


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("audit", "0001_initial"),
        ("customer", "0001_initial"),
        ("worker", "0001_initial"),
        ("workspaces", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                ("code", models.CharField(max_length=20, verbose_name="código")),
                ("starts_at", models.DateTimeField(verbose_name="empieza")),
                ("ends_at", models.DateTimeField(verbose_name="termina")),
                (
                    "price",
                    workspaces.fields.MoneyField(
                        decimal_places=2, default=0, max_digits=12, verbose_name="precio"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        help_text="Solo si se anula.",
                        max_length=200,
                        verbose_name="motivo",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "Prevista"),
                            ("done", "Hecha"),
                            ("cancelled", "Anulada"),
                        ],
                        default="planned",
                        editable=False,
                        max_length=40,
                        verbose_name="estado",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "customer",
                    workspaces.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="customer.customer",
                        verbose_name="cliente",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="workspaces.workspace",
                    ),
                ),
                (
                    "worker",
                    workspaces.fields.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="visits",
                        to="worker.worker",
                        verbose_name="mecánico",
                    ),
                ),
            ],
            options={
                "verbose_name": "visita",
                "verbose_name_plural": "visitas",
                "ordering": ["-starts_at"],
                "abstract": False,
                "indexes": [models.Index(fields=["tenant", "starts_at"], name="visit_starts_at")],
                "constraints": [
                    workspaces.constraints.UniqueInTenant(
                        fields=("tenant", "code"), name="visit_code_unique"
                    ),
                    workspaces.constraints.NoOverlap(
                        end="ends_at",
                        name="visit_no_overlap",
                        resource="worker",
                        start="starts_at",
                        unless=models.Q(("status", "cancelled")),
                        violation_error_message="El mecánico ya tiene una visita a esa hora.",
                    ),
                ],
            },
        ),
        TenantIsolation("visit"),
        TenantForeignKeyConstraint("visit", "customer"),
        TenantForeignKeyConstraint("visit", "worker"),
    ]
