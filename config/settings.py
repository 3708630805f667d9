"""All settings, each read from the environment here and nowhere else."""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF

from config import env

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# Where secrets, the SQLite database and Valkey's files live.
DATA_DIR = env.data_directory(
    "PARLEY_DATA_DIR",
    BASE_DIR / ".data",
    named="`.data` in this folder",
    about="Where secrets, the SQLite database and Valkey's files are kept.",
)
SECRET_KEY = env.secret(
    "SECRET_KEY",
    DATA_DIR / "secret_key",
    about="Signs sessions. All processes of one installation need the same.",
)
DEBUG = env.flag("PARLEY_DEBUG", about="Django's debug pages. Never where others can reach the server.")
BUILD = env.text("PARLEY_BUILD", "dev", about="A name of this build, which every socket is told first.")

# --- Web --------------------------------------------------------------------
# This machine's own names, so that a page elsewhere can't reach a server at home by a name
# that it resolves to loopback. `manage.py up --host` widens it for other addresses.
ALLOWED_HOSTS = env.words(
    "PARLEY_ALLOWED_HOSTS",
    ["localhost", "127.0.0.1", "[::1]"],
    about="Names under which browsers may reach the server, with commas. `up --host` widens the default.",
)
CSRF_TRUSTED_ORIGINS = env.words(
    "PARLEY_CSRF_ORIGINS",
    about="Addresses of the pages behind a proxy, such as `https://parley.example`, with commas.",
)
BEHIND_TLS = env.flag(
    "PARLEY_BEHIND_TLS",
    about="A proxy speaks TLS and sets `X-Forwarded-Proto`: cookies are then sent over TLS alone.",
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
# Proxies in front of this server: so many addresses at the end of X-Forwarded-For were written
# by them, and the first of these is the client's.
PROXIES = env.whole(
    "PARLEY_PROXIES",
    1 if BEHIND_TLS else 0,
    named="1 with `PARLEY_BEHIND_TLS`, else 0",
    about="Proxies in front of the server, whose entries at the end of `X-Forwarded-For` are believed.",
)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90  # a guest has nothing but the session
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SECURE_REFERRER_POLICY = "same-origin"  # a join link must not leak in a Referer
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_vite",
    "csp",
    "personas",
    "rooms",
    "llm",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "script-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# --- Static files -------------------------------------------------------------
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATIC_URL = "/static/"
STATIC_ROOT = env.data_directory(
    "PARLEY_STATIC_DIR",
    DATA_DIR / "static",
    named="`static` in the data directory",
    about="Where `manage.py collectstatic` puts files, for a proxy that serves them itself.",
)
# django_vite checks that the manifest is there.
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
# Vite hashed its names already; a second hash would load the entry twice.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # no collectstatic step in the embedded set-up


def _is_hashed_by_vite(path: str, url: str) -> bool:
    return url.startswith("/static/assets/")


WHITENOISE_IMMUTABLE_FILE_TEST = _is_hashed_by_vite
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": FRONTEND_DIST / ".vite" / "manifest.json",
        "static_url_prefix": "",
    }
}

# --- Data ----------------------------------------------------------------------
DATABASES = {
    "default": env.database(
        "DATABASE_URL",
        DATA_DIR / "db.sqlite3",
        pool_size=env.whole(
            "PARLEY_DATABASE_POOL",
            24,
            least=2,
            about="Connections to PostgreSQL that one process may hold.",
        ),
        about="`postgres://user:password@host/name` (any libpq option after `?`), or `sqlite:///path`.",
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, the channel layer, Celery -----------------------------------------
# Where it is not given, `manage.py up` starts a Valkey of its own with a socket here, which
# other commands beside it (`doctor`, `say`) then find.
REDIS_URL = env.text(
    "REDIS_URL",
    f"unix://{DATA_DIR / 'valkey' / 'valkey.sock'}",
    named="a Valkey of its own, started by `manage.py up`",
    about="`redis://host:6379/0`, `rediss://…` or `unix:///path`: Redis 7 or Valkey, without eviction.",
)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py 8 gives up a silent connection after 5 s unless told otherwise, which
        # would end the subscription of every quiet process.
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": 30, "health_check_interval": 15}],
            "prefix": "parley",
        },
    }
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
# Early: a worker's death is found by the turn's lease within seconds, while a late
# acknowledgement would wait for the visibility timeout of an hour.
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_DEFAULT_QUEUE = "parley"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CONSUMER = "config.consumer:Consumer"
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 3, "socket_timeout": 30}
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
# Turns that one worker process runs at the same time (threads that mostly wait).
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.whole(
    "PARLEY_WORKER_CONCURRENCY", 64, least=1, about="Turns that one worker runs at a time."
)

# --- Rooms -----------------------------------------------------------------------
# An event whose broadcast was lost is noticed by the next one, and filled within 5 s.
ROOMS_HEARTBEAT_SECONDS = env.number(
    "PARLEY_HEARTBEAT_SECONDS",
    4,
    least=0.1,
    about="How often a socket is told the newest event number, so that a lost one is noticed.",
)
# A replay larger than this is answered with a snapshot.
ROOMS_REPLAY_EVENTS = env.whole(
    "PARLEY_REPLAY_EVENTS",
    1_000,
    least=1,
    about="Missed events that are replayed; beyond it a client gets a snapshot.",
)
ROOMS_REPLAY_CHARACTERS = 500_000
# Messages stay for ever; this is how long a browser that was away can still catch up event
# by event, and a repeated command be known as one.
ROOMS_LOG_DAYS = env.number(
    "PARLEY_LOG_DAYS",
    30,
    least=2,
    about="Days for which events and receipts of commands are kept. Messages are kept for ever.",
)
ROOMS_PRUNE_SECONDS = env.number(
    "PARLEY_PRUNE_SECONDS",
    3_600,
    least=1,
    about="How often each process looks for events, receipts and sessions that have been kept long enough.",
)
# 32,000 characters beyond the Basic Multilingual Plane, escaped as JSON may escape them.
ROOMS_INBOUND_BYTES = 400_000
ROOMS_INBOUND_PER_SECOND = env.number(
    "PARLEY_COMMANDS_PER_SECOND",
    20,
    least=1,
    about="Frames a second that a socket may send in the long run; bursts of five times as many are allowed.",
)
# REST: what a person (with all their tokens) may write, and how many guests and joins may come
# from one address, which a whole class room may share.
ROOMS_WRITES_PER_MINUTE = env.number(
    "PARLEY_WRITES_PER_MINUTE", 600, least=1, about="What one person may write over REST, tokens included."
)
ROOMS_ARRIVALS_PER_MINUTE = env.number(
    "PARLEY_ARRIVALS_PER_MINUTE", 120, least=1, about="Guests and joins that may come from one address."
)
# Frames that a client may leave unacknowledged before the server holds back, how many it
# then holds, and how long it waits for an acknowledgement before it closes (4008).
ROOMS_WINDOW_FRAMES = 64
ROOMS_WINDOW_HELD_BYTES = 1_000_000
# With the heart's tick and the close within 15 s.
ROOMS_WINDOW_SECONDS = 12.0

# --- Turns ------------------------------------------------------------------------
LLM_LEASE_SECONDS = env.number(
    "PARLEY_LEASE_SECONDS",
    7,
    least=1,
    about="A running turn without a sign of life for so long is ended as failed.",
)
LLM_HEARTBEAT_SECONDS = env.number(
    "PARLEY_LEASE_HEARTBEAT_SECONDS", 2, least=0.1, about="How often a worker renews the leases of its turns."
)
LLM_GRACE_SECONDS = env.number(
    "PARLEY_WORKER_GRACE_SECONDS",
    10,
    least=0,
    about="How long replies may still take when their worker is told to stop, before they are cut off.",
)
LLM_SWEEP_SECONDS = env.number(
    "PARLEY_SWEEP_SECONDS", 2, least=0.1, about="How often each process looks for dead turns and lost wakes."
)
# After which a run's boundary that nobody has decided on counts as lost.
LLM_LOST_BOUNDARY_SECONDS = 1.0
LLM_REQUEUE_SECONDS = env.number(
    "PARLEY_REQUEUE_SECONDS",
    4,
    least=0.5,
    about="A queued turn that no worker took for so long is sent again.",
)
LLM_STAGGER_SECONDS = env.number(
    "PARLEY_STAGGER_SECONDS",
    4,
    least=0,
    about="How long @all waits for the first persona of a model before the others are asked, where its"
    " provider keeps prompts. 0 asks all at once.",
)
LLM_TICK_SECONDS = env.number(
    "PARLEY_TICK_SECONDS",
    0.04,
    least=0.005,
    about="How long pieces of text are gathered before they go out, a frame a room.",
)
# Thinking in the making: few watch it.
LLM_PROGRESS_SECONDS = 0.25
LLM_CHECKPOINT_SECONDS = 1.0
LLM_CHECKPOINT_CHARACTERS = 2_000
# What may grow from one message of a person (docs/budgets.md).
LLM_CHAIN_DEPTH = env.whole(
    "PARLEY_CHAIN_DEPTH",
    4,
    least=1,
    about="Hand-overs in a row after one message of a person, where a room says nothing else.",
)
LLM_CHAIN_TURNS = env.whole(
    "PARLEY_CHAIN_TURNS",
    20,
    least=1,
    about="Replies that one message of a person may lead to, where a room says nothing else.",
)
LLM_CHAIN_PERSONA = env.whole("PARLEY_CHAIN_PERSONA", 6, least=1, about="Those of one persona among them.")
LLM_CHAIN_PAIR = env.whole(
    "PARLEY_CHAIN_PAIR", 4, least=1, about="Hand-overs between the same two personas among them."
)
LLM_CHAIN_FANOUT = env.whole("PARLEY_CHAIN_FANOUT", 12, least=1, about="Personas that one message may wake.")
# By how much “Grant 5 more” raises each of these limits; the page says so.
LLM_GRANT_TURNS = 5
LLM_CHAIN_TOKENS = env.whole(
    "PARLEY_CHAIN_TOKENS",
    1_000_000,
    about="Tokens, read and written, that one message of a person may lead to; 0 is no limit.",
)
LLM_CHAIN_USD = env.number(
    "PARLEY_CHAIN_USD", 1, about="US dollars that one message of a person may lead to; 0 is no limit."
)
LLM_ROOM_DAY_USD = env.number(
    "PARLEY_ROOM_DAY_USD", 0, about="US dollars that one room may cost in a day (of UTC); 0 is no limit."
)
LLM_PERSON_DAY_USD = env.number(
    "PARLEY_PERSON_DAY_USD",
    0,
    about="US dollars that one person may cost in a day (of UTC), in all rooms; 0 is no limit.",
)
LLM_FLOOR_SECONDS = env.number(
    "PARLEY_RUN_FLOOR_SECONDS",
    15,
    least=0,
    about="How long a run waits at most, between two turns, for somebody who types; 0 does not wait.",
)
LLM_HAND_MESSAGES = env.whole(
    "PARLEY_HAND_MESSAGES",
    30,
    least=1,
    about="After so many messages a persona's raised hand, which nobody granted, comes down.",
)
LLM_PERSON_SECONDS = env.number(
    "PARLEY_RUN_PERSON_SECONDS",
    300,
    least=10,
    about="How long a run waits for the answer of a person who takes part.",
)
LLM_UNPRICED_USD = env.number(
    "PARLEY_UNPRICED_USD",
    5,
    about="US dollars that budgets count for a million tokens of a model without a known price.",
)
LLM_GIVEN_DAYS = env.number(
    "PARLEY_GIVEN_DAYS",
    14,
    least=0,
    about="Days for which it is kept what personas were given to read, to the letter. 0 keeps nothing of it.",
)
LLM_ROUTER = env.flag(
    "PARLEY_ROUTER",
    default=True,
    about="Whether rooms may have a small model decide who answers a question to nobody.",
)
LLM_ROUTER_MODEL = env.text(
    "PARLEY_ROUTER_MODEL",
    named="the room's default model",
    about="The model that decides who answers, by its LiteLLM name: a small and quick one.",
)
LLM_ROUTER_SECONDS = env.number(
    "PARLEY_ROUTER_SECONDS", 10, least=1, about="How long it may take, from the message; then nobody answers."
)
LLM_CONNECT_SECONDS = env.number(
    "PARLEY_CONNECT_SECONDS", 5, least=0.1, about="How long a provider may take to be reached."
)
LLM_FIRST_TOKEN_SECONDS = env.number(
    "PARLEY_FIRST_TOKEN_SECONDS",
    30,
    least=0.1,
    about="How long a model may take to its first piece of text or thinking.",
)
LLM_BETWEEN_CHUNKS_SECONDS = env.number(
    "PARLEY_BETWEEN_CHUNKS_SECONDS", 20, least=0.1, about="How long a reply may pause between two pieces."
)
LLM_WHOLE_SECONDS = env.number("PARLEY_WHOLE_SECONDS", 300, least=1, about="How long a whole reply may take.")

LLM_TRIES = env.whole(
    "PARLEY_TRIES",
    2,
    least=1,
    about="Calls to a provider that is busy or away, while a model has sent nothing yet.",
)
LLM_RETRY_SECONDS = env.number(
    "PARLEY_RETRY_SECONDS", 1, least=0, about="The pause before a second call, doubled for each one after it."
)
LLM_LONGEST_RETRY_SECONDS = env.number(
    "PARLEY_LONGEST_RETRY_SECONDS",
    10,
    least=0,
    about="The longest such pause; a provider that asks for more is not called again.",
)

# What personas are given of a room, at the most; the model's window may allow less.
LLM_MEMORY_TOKENS = env.whole(
    "PARLEY_MEMORY_TOKENS",
    12_000,
    least=2_000,
    about="Tokens of a room that a persona is given to read, where the room has no setting of its own.",
)
LLM_SUMMARY_MODEL = env.text(
    "PARLEY_SUMMARY_MODEL",
    named="the room's default model",
    about="The model that sums up what was said long ago, by its LiteLLM name.",
)
LLM_SUMMARY_SECONDS = env.number(
    "PARLEY_SUMMARY_SECONDS",
    45,
    least=1,
    about="How long one such summary may take; then the most telling sentences stand in for it.",
)

# Read by llm.gateway from the environment of the process that runs them.
for _variable, _about in {
    "PARLEY_DEFAULT_MODEL": "The model of personas that have none of their own, by its LiteLLM name.",
    "OPENAI_API_KEY": "A key for OpenAI's models.",
    "ANTHROPIC_API_KEY": "A key for Anthropic's models.",
    "OPENROUTER_API_KEY": "A key for OpenRouter's models.",
    "OLLAMA_API_BASE": "The address of an Ollama server, such as `http://127.0.0.1:11434`.",
    "OLLAMA_API_KEY": "A key for it, where it wants one.",
    "PARLEY_OPENAI_BASE_URL": "The address of any OpenAI-compatible server, with its `/v1`.",
    "PARLEY_OPENAI_NAME": "A short name for it, before the slash of its models; no provider's of LiteLLM.",
    "PARLEY_OPENAI_API_KEY": "A key for it, where it wants one.",
    "PARLEY_OPENAI_MODEL": "The model of it that personas without one of their own use.",
    "PARLEY_DEMO_TOKENS_PER_SECOND": "How fast the scripted demo voices speak.",
    "PARLEY_TEST_MODELS": "1: scripted models that misbehave on purpose can be chosen"
    " (`demo/slow`, `demo/flaky`, `demo/leaky`), to try what happens then.",
}.items():
    env.declare(_variable, _about)

# --- API -----------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rooms.api.authentication.TokenAuthentication",
        "rooms.api.authentication.SessionViewerAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [],  # every object is fetched through rooms.access
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rooms.api.parsing.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "rooms.api.openapi.ParleySchema",
    "EXCEPTION_HANDLER": "rooms.api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Parley",
    "DESCRIPTION": "Rooms where people and AI personas talk together. How to begin: docs/rest.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_PATCH": False,  # what a PATCH takes has a shape of its own
    "POSTPROCESSING_HOOKS": [],  # the shapes name their choices themselves
}

# --- People ------------------------------------------------------------------------------
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOG_LEVEL = env.text(
    "PARLEY_LOG_LEVEL", "INFO", about="DEBUG, INFO, WARNING or ERROR; never text of messages at any."
).upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "filters": {"once": {"()": "config.logs.OncePerWhile"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["once"]}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.channels.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "LiteLLM": {"level": "WARNING"},
    },
}
