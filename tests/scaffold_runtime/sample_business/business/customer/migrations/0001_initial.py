import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import workspaces.constraints
import workspaces.fields
from workspaces.operations import TenantIsolation


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("audit", "0001_initial"),
        ("workspaces", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                ("name", models.CharField(max_length=200, verbose_name="nombre")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="correo")),
                (
                    "phone",
                    workspaces.fields.PhoneField(
                        blank=True, max_length=32, verbose_name="teléfono"
                    ),
                ),
                ("since", models.DateField(blank=True, null=True, verbose_name="cliente desde")),
                ("is_company", models.BooleanField(default=False, verbose_name="empresa")),
                (
                    "contract",
                    workspaces.fields.TenantFileField(
                        blank=True, max_length=255, upload_to="", verbose_name="contrato"
                    ),
                ),
                ("notes", models.TextField(blank=True, verbose_name="notas")),
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
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="workspaces.workspace",
                    ),
                ),
            ],
            options={
                "verbose_name": "cliente",
                "verbose_name_plural": "clientes",
                "ordering": ["name"],
                "abstract": False,
                "indexes": [models.Index(fields=["tenant", "name"], name="customer_name")],
                "constraints": [
                    workspaces.constraints.UniqueInTenant(
                        fields=("tenant", "name"), name="customer_name_unique"
                    )
                ],
            },
        ),
        TenantIsolation("customer"),
    ]
