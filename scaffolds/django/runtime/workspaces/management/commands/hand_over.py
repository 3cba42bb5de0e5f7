"""Creates the first owner, with a one-time password that must be changed at the first sign-in.

In: FIRST_OWNER_EMAIL, FIRST_OWNER_PASSWORD. Run again, it gives that person the password anew as long as it was
never changed, and does nothing after that.
"""

import os

from django.conf import settings
from django.core.management import BaseCommand
from django.core.management.base import CommandError
from django.db import transaction

from accounts.models import User
from operations.report import reported
from workspaces.models import Membership, Workspace
from workspaces.roles import OWNER


class Command(BaseCommand):
    help = "Create the first workspace's owner (FIRST_OWNER_EMAIL, FIRST_OWNER_PASSWORD)."

    @reported("hand_over")
    def handle(self, *args, **options):
        email = os.environ.get("FIRST_OWNER_EMAIL", "").strip().lower()
        password = os.environ.get("FIRST_OWNER_PASSWORD", "")
        if not email or not password:
            raise CommandError("Set FIRST_OWNER_EMAIL and FIRST_OWNER_PASSWORD.")
        with transaction.atomic():
            is_new = hand_over(email, password)
        self.stdout.write("The first owner is ready.")
        return {"url": settings.APP_URL, "username": email, "is_new": is_new}


def hand_over(email, password):
    user = User.objects.select_for_update().filter(email=email).first()
    is_new = user is None
    if is_new:
        user = User(email=email, must_change_password=True)
    if user.must_change_password:
        user.set_password(password)
        user.save()
    if not user.memberships.exists():
        Membership.objects.create(workspace=first_workspace(), user=user, role=OWNER)
    return is_new


def first_workspace():
    """The workspace with the demo data while nobody owns it, else a fresh one."""
    empty = Workspace.objects.filter(memberships__isnull=True).order_by("created_at").first()
    return empty or Workspace.objects.create(name=settings.APP_NAME)
