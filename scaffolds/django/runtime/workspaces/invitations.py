"""Inviting somebody: a link by email that makes the person who follows it a member."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from workspaces.models import Invitation, Membership


def invite(workspace, email, role, by):
    """Send a fresh link; an earlier one to the same person stops working."""
    secret = secrets.token_urlsafe(32)
    invitation, _created = Invitation.objects.update_or_create(
        workspace=workspace,
        email=email.lower(),
        defaults={
            "role": role,
            "token_digest": digest(secret),
            "invited_by": by,
            "expires_at": timezone.now() + timedelta(days=settings.INVITATION_DAYS),
        },
    )
    link = settings.APP_URL + reverse("workspaces:accept_invitation", args=[secret])
    send_invitation(invitation, link)
    return link


def send_invitation(invitation, link):
    context = {"invitation": invitation, "link": link, "days": settings.INVITATION_DAYS}
    context["app_name"] = settings.APP_NAME
    subject = _("%(person)s invites you to %(workspace)s") % {
        "person": invitation.invited_by,
        "workspace": invitation.workspace,
    }
    body = render_to_string("workspaces/invitation_email.txt", context)
    send_mail(" ".join(subject.split()), body, None, [invitation.email], fail_silently=True)


def open_invitation(secret):
    """The invitation behind a link, or None when it is unknown, used or too old."""
    found = Invitation.objects.filter(token_digest=digest(secret), expires_at__gt=timezone.now())
    return found.select_related("workspace", "invited_by").first()


def accept(invitation, user):
    membership, _created = Membership.objects.get_or_create(
        workspace=invitation.workspace, user=user, defaults={"role": invitation.role}
    )
    invitation.delete()
    return membership


def digest(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
