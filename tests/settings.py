"""Parley's settings for pytest: a data directory of the run's own, no keys from outside,
and a Redis that runs only for tests that ask for the `redis_server` fixture.

The environment is set before `config.settings` reads it, which pytest-django has it do
before any conftest is loaded.
"""

import atexit
import os
import shutil
import tempfile

_directory = tempfile.mkdtemp(prefix="parley-test-")
atexit.register(shutil.rmtree, _directory, ignore_errors=True)

for _name in list(os.environ):
    if _name.endswith(("_API_KEY", "_API_BASE")) or _name.startswith("PARLEY_"):
        del os.environ[_name]
os.environ["PARLEY_DATA_DIR"] = _directory
os.environ["REDIS_URL"] = f"unix://{_directory}/valkey/valkey.sock"
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

from config.settings import *  # noqa: E402, F403 (all of them, after the environment is set)

# Who looks for what was lost looks at once.
LLM_LOST_BOUNDARY_SECONDS = 0.0

# All tests of a run come from one address.
ROOMS_ARRIVALS_PER_MINUTE = 1_000_000.0

# Argon2 is slow on purpose; tests make many accounts.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
