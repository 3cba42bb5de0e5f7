"""Creates the first owner, with a one-time password that must be changed at the first sign-in.

In: FIRST_OWNER_EMAIL, FIRST_OWNER_PASSWORD; ROWS_URL, where the rows lie that the app begins with, if there are any. Run
again, it gives that person the password anew as long as it was never changed, and does nothing after that.
"""

import os

from django.conf import settings
from django.core.management import BaseCommand
from django.core.management.base import CommandError
from django.db import transaction

from accounts.models import User
from operations.report import reported
from workspaces.first_rows import fetched, load_first_rows
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
        facts = {"url": settings.APP_URL, "username": email, "is_new": is_new}
        return facts | load(email, os.environ.pop("ROWS_URL", ""))


def load(email, url):
    """Into the workspace that the first owner has. Rows that can't be had take nobody's app away."""
    if not url:
        return {}
    try:
        data = fetched(url)
    except (OSError, ValueError) as error:
        why = f"The rows could not be fetched: {str(error) or type(error).__name__}"
        return {"rows_loaded": 0, "rows_skipped": 0, "rows_left": 0, "rows_faults": [why]}
    workspace = Workspace.objects.filter(memberships__user__email=email).earliest("created_at")
    return load_first_rows(workspace, data)


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
