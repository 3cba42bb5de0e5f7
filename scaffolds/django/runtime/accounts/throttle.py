"""Slows down guessing of passwords: per person and per address, in the database, for all processes together."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import SignInFailure


def is_blocked(email, address):
    since = timezone.now() - timedelta(minutes=settings.SIGN_IN_WINDOW_MINUTES)
    recent = SignInFailure.objects.filter(at__gte=since)
    limits = zip(
        keys(email, address),
        (settings.SIGN_IN_FAILURES_PER_PERSON, settings.SIGN_IN_FAILURES_PER_ADDRESS),
        strict=True,
    )
    return any(recent.filter(key=key).count() >= limit for key, limit in limits)


def remember_failure(email, address):
    old = timezone.now() - timedelta(minutes=settings.SIGN_IN_WINDOW_MINUTES)
    SignInFailure.objects.filter(at__lt=old).delete()
    SignInFailure.objects.bulk_create(SignInFailure(key=key) for key in keys(email, address))


def forget_failures(email, address):
    SignInFailure.objects.filter(key=keys(email, address)[0]).delete()


def keys(email, address):
    return [digest(f"{email.strip().lower()} {address}"), digest(address)]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def address_of(request):
    """The caller's address: the last hop our own proxy added; without a proxy the header is the caller's to invent."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    direct = request.META.get("REMOTE_ADDR", "")
    return (forwarded[-1].strip() or direct) if settings.IS_BEHIND_PROXY else direct
