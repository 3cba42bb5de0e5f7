"""The app's environment, read in one place. `.env.example` describes every name."""

import os
import re
import secrets
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

DEBUG = os.environ.get("DEBUG") == "1"
APP_URL = os.environ.get("APP_URL", "http://localhost:8000").rstrip("/")
IS_HTTPS = APP_URL.startswith("https://")
HOST = urlsplit(APP_URL).hostname or "localhost"

DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASE_OWNER_URL = os.environ.get("DATABASE_OWNER_URL", "")


def secret_key():
    key = os.environ.get("SECRET_KEY", "")
    if key or DEBUG:
        return key or "only-for-development"
    if any(name in os.environ for name in ("DATABASE_URL", "APP_URL")):
        raise ImproperlyConfigured("Set SECRET_KEY to a long random text; .env.example shows how.")
    return secrets.token_urlsafe(
        50
    )  # commands that need neither database nor sessions, such as makemessages


def allowed_hosts():
    named = [
        host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host.strip()
    ]
    return named or sorted({HOST, "localhost", "127.0.0.1"})


def cookie_suffix():
    """Apps that share a host name (localhost:8101, localhost:8102) must not share cookies."""
    return re.sub(r"[^a-z0-9]+", "_", urlsplit(APP_URL).netloc.lower())


def databases():
    """`default` is the app's own role, which owns nothing. `owner` exists only where migrations run."""
    found = {"default": database(DATABASE_URL or "postgresql://app@localhost/app")}
    found["default"]["ATOMIC_REQUESTS"] = True
    if DATABASE_OWNER_URL:
        found["owner"] = database(DATABASE_OWNER_URL)
    return found


def database(url):
    return dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)


def email():
    """EMAIL_URL: smtp://user:password@host:587 or smtps://…:465. Without it, mail is written to the log."""
    url = urlsplit(os.environ.get("EMAIL_URL", ""))
    if not url.hostname:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or 587,
        "EMAIL_HOST_USER": url.username or "",
        "EMAIL_HOST_PASSWORD": url.password or "",
        "EMAIL_USE_TLS": url.scheme == "smtp",
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }
