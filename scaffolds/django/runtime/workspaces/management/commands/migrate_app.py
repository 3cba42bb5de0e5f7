"""Brings the database up to date: migrations as its owner, grants for the app's role, demo data when asked.

In: DATABASE_OWNER_URL, DATABASE_URL (only its role's name), DEMO_DATA. Safe to run again.
"""

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.core.management.base import CommandError

from operations.report import reported
from workspaces.demo import ensure_demo_workspace
from workspaces.grants import grant_app_role
from workspaces.isolation import unprotected_tables


class Command(BaseCommand):
    help = "Migrate as the database's owner, grant the app's role its rights, load demo data (DEMO_DATA=1)."

    @reported("migrate")
    def handle(self, *args, **options):
        if "owner" not in settings.DATABASES:
            raise CommandError("Set DATABASE_OWNER_URL: migrations run as the database's owner.")
        call_command("migrate", database="owner", interactive=False, verbosity=options["verbosity"])
        grant_app_role()
        if tables := unprotected_tables("owner"):
            raise CommandError(
                f"Tables without workspace isolation: {', '.join(tables)}. "
                "Add TenantIsolation to their migration."
            )
        loaded = ensure_demo_workspace()
        self.stdout.write("The database is up to date.")
        return {"demo_data": loaded}
