"""One settings file. Everything comes from the environment; a wrong value is fatal.

A secret NAME may also be given as NAME_FILE, the path of a file that holds it.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from funding import logs

ROOT = Path(__file__).resolve().parent.parent


def env(name: str, default: str | None = None) -> str:
    """A text from NAME or from the file NAME_FILE; without either, the default."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE in the environment.")
    return value


def env_flag(name: str, default: str = "0") -> bool:
    """A yes or no, written 1 or 0."""
    value = env(name, default)
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} is {value!r}; write 0 or 1.")
    return value == "1"


def env_list(name: str, default: str = "") -> list[str]:
    """Texts separated by commas."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def database(url: str) -> dict[str, Any]:
    """Django's settings for postgresql://user:password@host:port/name?host=/socket/folder."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://.")
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or query.get("port", [""])[0]),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # The ledger's locks are only right when each statement sees what was committed
        # before it; the ledger's own check refuses any other level.
        # Statements that a connection repeats are planned once (the journal is written so).
        "OPTIONS": {"isolation_level": 2, "connect_timeout": 5, "prepare_threshold": 5},
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


def mailer(url: str) -> dict[str, Any]:
    """Django's mailer for smtp://user:password@host:port/?tls=1 (or ssl=1)."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if parts.scheme != "smtp":
        raise ImproperlyConfigured("MAIL_URL must begin with smtp://.")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname or "localhost",
            "port": parts.port or 25,
            "username": unquote(parts.username or "") or None,
            "password": unquote(parts.password or "") or None,
            "use_tls": query.get("tls") == ["1"],
            "use_ssl": query.get("ssl") == ["1"],
            "timeout": 15,
        },
    }


DEBUG = env_flag("DEBUG")
SECRET_KEY = env("SECRET_KEY", "only-for-checks-without-services" if DEBUG else None)
# Former keys, while what they signed and sealed is still about.
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
SITE_URL = env("SITE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CLOCK_FILE = os.environ.get("CLOCK_FILE") or None
APP_ROLE = env("APP_ROLE", "manul_app")

INSTALLED_APPS = [
    # Without the search for admin modules: the read-only office registers its own tables.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_countries",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "funding.audit",
    "funding.alerts",
    "funding.mail",
    "funding.users",
    "funding.parties",
    "funding.ledger",
    "funding.gateway",
    "funding.documents",
    "funding.imports",
    "funding.recovery",
    "funding.site",
    "donors",
    "grants",
]
MIDDLEWARE = [
    # Outermost, so that every line of the log and every answer has its number.
    "funding.site.middleware.numbers",
    "django.middleware.security.SecurityMiddleware",
    # Before the policy: a drawing shown as an image would be held to it and lose its colours.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "funding.site.guards.guards",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "funding.site.languages.languages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "funding.site.middleware.refusals",
]
ROOT_URLCONF = "funding.urls"
WSGI_APPLICATION = "funding.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        # The sign-in pages and the office come with parts of their own; ours stand before them.
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "funding.site.context.every_page",
            ],
            "builtins": ["funding.site.templatetags.look"],
        },
    },
]
DATABASES = {
    "default": database(env("DATABASE_URL", "postgresql://manul_app@localhost/manul")),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # No page waits for a cache that hangs: brakes and signs of life do without it.
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}

AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Signing in: a mailed code, or a passkey; no passwords. Whether an address is known here is
# never said, neither on a page nor by a mail to an address that is not.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
ACCOUNT_ADAPTER = "funding.users.adapter.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# Mail servers that greet a stranger slowly hold a first mail back for minutes.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 900
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
# One address is one account: it is what gifts and receipts are found by.
ACCOUNT_MAX_EMAIL_ADDRESSES = 1
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "signup": "10/m/ip,60/h/ip",
    "request_login_code": "20/m/ip,60/h/ip,3/m/key,12/h/key",
    "login_failed": "10/m/ip,5/300s/key",
    "reauthenticate": "10/m/user",
}
MFA_ADAPTER = "funding.users.adapter.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = "Manul Fund"
# A used code is remembered for one step only, so no step before or after may count.
MFA_TOTP_TOLERANCE = 0

LANGUAGE_CODE = "en"
# In their own names. A further one is a line here and a file in locale/ (see CONTRIBUTING).
LANGUAGES = [("en", "English"), ("sv", "Svenska")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [ROOT / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = ROOT / "var" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Mail: rows of the outbox are sent through this one mailer.
MAILERS = {"default": mailer(env("MAIL_URL", "smtp://localhost:25/"))}
MAIL_FROM = env("MAIL_FROM", "Manul Fund <fund@localhost>")
DEFAULT_FROM_EMAIL = MAIL_FROM

# Stripe. Several webhook secrets may be valid while one is being replaced.
STRIPE_API_BASE = env("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
CHECKOUT_ORIGIN = env("CHECKOUT_ORIGIN", "https://checkout.stripe.com").rstrip("/")
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRETS = env_list("STRIPE_WEBHOOK_SECRETS")
# A rehearsal on a public host may run with a test key, but only when it says so.
STRIPE_TEST_MODE = env_flag("STRIPE_TEST_MODE")

# Celery on Redis or Valkey. The row is the queue and Celery is the bell, so nothing here has
# to survive the loss of the broker; the limits keep a lost task from running twice at once.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # A ring for a worker is tried once more and not for seconds: the sweep answers anyway.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.05,
    "interval_max": 0.05,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = env("BEAT_FILE", str(ROOT / "var" / "beat"))
CELERY_BEAT_SCHEDULE = {
    "fold": {"task": "funding.site.tasks.fold", "schedule": 10.0, "options": {"expires": 10}},
    "sweep": {"task": "funding.site.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
    "look": {"task": "funding.site.tasks.look", "schedule": 60.0, "options": {"expires": 60}},
    "nightly": {
        "task": "funding.site.tasks.nightly",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "beat": {"task": "funding.site.tasks.beat", "schedule": 10.0, "options": {"expires": 10}},
}

# The browser's side.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    # After the form the browser is sent on to Stripe's payment page, and browsers hold the
    # redirect to this list as well.
    "form-action": [CSP.SELF, CHECKOUT_ORIGIN],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
if _HTTPS:
    # Browsers take cookies of such names only from this very host, whole and over HTTPS.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    LANGUAGE_COOKIE_NAME = "__Host-language"
# Two weeks without a visit end a session; what moves money asks again after five minutes.
SESSION_COOKIE_AGE = 14 * 24 * 3600
# Of a form without its files, and of any request as a whole.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
REQUEST_BYTES = 12 * 1024 * 1024
CSRF_FAILURE_VIEW = "funding.site.faults.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_flag("BEHIND_PROXY") else None
# How many proxies stand before the web server; the address that many places from the right
# of X-Forwarded-For is the visitor's, for rate limits.
PROXIES = int(env("PROXIES", "1" if env_flag("BEHIND_PROXY") else "0"))

# Above this sum, in minor units of the entity's currency, a refund needs a second person.
REFUND_LIMIT_MINOR = int(env("REFUND_LIMIT_MINOR", "50000"))

# Who can open the backups that are made here: public keys of age. The matching secret keys are
# kept elsewhere, so that whoever holds this machine cannot read its backups.
BACKUP_RECIPIENTS = env_list("BACKUP_RECIPIENTS")
# Who was removed, for the day of a restore: a file that outlives the database and names nobody.
ERASED_LIST = env("ERASED_LIST", str(ROOT / "var" / "erased"))

# Whoever sends this token reads /metrics; without one there is no such page.
METRICS_TOKEN = env("METRICS_TOKEN", "")

# 'json' for machines, 'text' for whoever reads along.
LOG_FORMAT = env("LOG_FORMAT", "text" if DEBUG else "json")
if LOG_FORMAT not in {"json", "text"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}; write json or text.")
LOGGING = logs.config(form=LOG_FORMAT, level=env("LOG_LEVEL", "INFO"))
