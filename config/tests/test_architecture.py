"""What the web process is made of; scripts/check holds the layers by import-linter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from config.processes import BASE_DIR

# `python -c` in a process of its own: this one may have imported anything by now.
_PROGRAM = """
import json, sys
import config.asgi
json.dump(sorted(sys.modules), sys.stdout)
"""


def test_the_web_does_not_import_what_runs_models(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PARLEY_DATA_DIR": str(tmp_path),
        "REDIS_URL": f"unix://{tmp_path}/valkey.sock",
        # The reaper's thread must not look into a database that has no tables.
        "PARLEY_SWEEP_SECONDS": "3600",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    modules = set(json.loads(done.stdout))
    assert {"config.asgi", "rooms.consumers", "llm.reaper", "llm.dispatch"} <= modules
    roots = {name.partition(".")[0] for name in modules}
    assert not roots & {"litellm", "openai", "httpx"}, "the web must start without the models' libraries"
    assert not modules & {"llm.tasks", "llm.runner", "llm.publisher", "llm.gateway.client"}
