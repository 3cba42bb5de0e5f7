"""Settings. What differs between places comes from the environment (config/env.py); what this business is comes
from business/app.py."""

import os
from pathlib import Path

from business import app as business
from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = os.environ.get("APP_VERSION", "1")

SECRET_KEY = env.secret_key()
DEBUG = env.DEBUG
ALLOWED_HOSTS = env.allowed_hosts()
APP_URL = env.APP_URL
APP_NAME = business.NAME
CURRENCY = business.CURRENCY
ROLES = business.ROLES

INSTALLED_APPS = [
    "accounts",
    "workspaces",
    "audit",
    "files",
    "api",
    "pages",
    "operations",
    *[f"business.{module}" for module in business.MODULES],
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_prometheus",
    "ninja",
]

MIDDLEWARE = [
    "operations.middleware.RequestIdMiddleware",
    "operations.middleware.HealthMiddleware",
    "operations.middleware.NoNulMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "operations.middleware.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "api.middleware.TokenMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "accounts.middleware.MustChangePasswordMiddleware",
    "workspaces.middleware.WorkspaceMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pages.context.chrome",
            ],
        },
    }
]
FORM_RENDERER = "pages.forms.Renderer"

DATABASES = env.databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "workspaces.testing.WorkspaceTestRunner"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}
PASSWORD_RESET_TIMEOUT = 60 * 60
INVITATION_DAYS = 7
SIGN_IN_FAILURES_PER_PERSON = 5
SIGN_IN_FAILURES_PER_ADDRESS = 50
SIGN_IN_WINDOW_MINUTES = 15
IS_BEHIND_PROXY = (os.environ.get("BEHIND_PROXY") or str(int(env.IS_HTTPS))) == "1"

LANGUAGE_CODE = os.environ.get("LANGUAGE_CODE", business.LANGUAGE)
LANGUAGES = [("es", "Español"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = os.environ.get("TIME_ZONE", "Europe/Madrid" if LANGUAGE_CODE == "es" else "UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "config.formats"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = (
    True  # serves straight from the source folders: nothing to collect before the first request
)
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 60 * 60 * 24
MAX_UPLOAD_BYTES = 10 * 1024 * 1024

# With the prefix, browsers take these from this very host only, not from an app on a sister domain.
COOKIE_PREFIX = "__Host-" if env.IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session_{env.cookie_suffix()}"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf_{env.cookie_suffix()}"
LANGUAGE_COOKIE_NAME = f"language_{env.cookie_suffix()}"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = env.IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "pages.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [APP_URL]
SECURE_SSL_REDIRECT = env.IS_HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if env.IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.IS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", f"no-reply@{env.HOST}")
vars().update(env.email())

METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
PROMETHEUS_EXPORT_MIGRATIONS = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "operations.logs.JsonFormatter"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"handlers": ["stdout"], "propagate": False}},
}
