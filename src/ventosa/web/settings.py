"""Django's settings: nothing is guessed, nothing leaves the machine."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from ventosa.web.deployment import SQLITE, Deployment

HERE = Path(__file__).parent
DEPLOYMENT = Deployment.of_environment()

SECRET_KEY = DEPLOYMENT.secret()
DEBUG = False
ALLOWED_HOSTS = [*DEPLOYMENT.hosts, "127.0.0.1", "[::1]", "localhost"]
ROOT_URLCONF = "ventosa.web.urls"
WSGI_APPLICATION = "ventosa.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "clinic.User"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "ventosa.web.apps.ClinicConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ventosa.web.running.journal.RequestLog",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ventosa.web.middleware.ClinicMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "ventosa.web.presenters.frame.frame",
            ],
            "builtins": ["ventosa.web.tags"],
        },
    }
]


def database() -> dict[str, Any]:
    """Return the database: the one named, else SQLite in the clinic's folder."""
    if DEPLOYMENT.database is not None:
        named: dict[str, Any] = dict(dj_database_url.parse(DEPLOYMENT.database, conn_max_age=600))
        named["CONN_HEALTH_CHECKS"] = True
        return named
    folder = DEPLOYMENT.folder
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:" if folder is None else str(folder / SQLITE),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A write takes its lock at once: two writers wait for each other in place of failing.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # What was acknowledged is on the disk: FULL waits for it, also with a write-ahead log.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA foreign_keys=ON; PRAGMA cache_size=-8000;",
        },
    }


DATABASES = {"default": database()}

# --- people -------------------------------------------------------------------------------------

PASSWORD_HASHERS = ["ventosa.web.passwords.Argon2id19"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "ventosa.web.accounts.ClinicAccounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = False  # our own counters, which cannot fill a table: ``web/attempts.py``
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "ventosa.web.accounts.ClinicCodes"
MFA_FORMS = {
    "authenticate": "ventosa.web.accounts.CodeForm",
    "reauthenticate": "ventosa.web.accounts.CodeAgainForm",
    "activate_totp": "ventosa.web.accounts.FirstCodeForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Ventosa"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "ventosa.web.views.faults.token_failed"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = DEPLOYMENT.is_https

# --- what a browser may do ----------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0  # the clinic's own authority may change: a browser must not insist
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_000_000

# --- words, time, files -------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"


def _static_version() -> str:
    """A name for styles and scripts as they are: a change of one changes every address."""
    total = sha256()
    for path in sorted((HERE / "static").rglob("*")):
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()[:12]


STATIC_URL = f"/static/{_static_version()}/"
STATIC_ROOT = None
STATICFILES_DIRS = [HERE / "static", ("page", HERE.parent / "page" / "styles")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = "^.*$"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

_IS_REAL = DEPLOYMENT.folder is not None and not DEPLOYMENT.demo

# A log says that something failed and where; never the request's body, its headers or its user.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "ventosa.web.running.journal.Lines"}},
    "filters": {"no_trace": {"()": "ventosa.web.faults.WithoutValues"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["no_trace"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        # A demo prints its address to a person's terminal: no line for every page there.
        "ventosa.requests": {"level": "INFO" if _IS_REAL else "WARNING"},
    },
}
