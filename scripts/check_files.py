"""Refuses what must not be committed: keys, databases, built output, and package-registry
addresses in lock files. Looks at every file that git tracks or would add; needs no package.

    python scripts/check_files.py [FILE…]
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_FORBIDDEN_NAMES = (
    (re.compile(r"\.(pem|key|p12|pfx|jks)$"), "a key file"),
    (re.compile(r"(^|/)\.env(\.(?!example$)[^/]*)?$"), "an environment file with secrets"),
    (re.compile(r"(^|/)(id_(rsa|ed25519|ecdsa|dsa)|secret_key)$"), "a secret"),
    (re.compile(r"\.(sqlite3?|db|rdb|aof)(-(wal|shm|journal))?$"), "a database"),
    (re.compile(r"(^|/)(node_modules|dist|\.data|\.venv|__pycache__|test-results)/"), "local output"),
)

# Written so that none of these patterns matches its own line.
_SECRETS = (
    (re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE[ ]KEY-----"), "a private key"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]*[A-Za-z0-9_]{20,}"), "a model provider's key"),
    (re.compile(r"\bAKIA[0-9A-Z]{16}\b"), "an AWS key"),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}"), "a GitHub token"),
    (re.compile(r"\bgithub_pat_[A-Za-z0-9_]{30,}"), "a GitHub token"),
    (re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}"), "a Slack token"),
    (re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"), "a Google key"),
    (re.compile(r"\bhf_[A-Za-z0-9]{30,}"), "a Hugging Face token"),
)
_LOCK_FILES = re.compile(r"(^|/)(package-lock\.json|requirements(/[^/]*)?\.txt|\.npmrc|pip\.conf)$")
# Not a package's home page or funding link: only what an installer would fetch from.
_ADDRESS = re.compile(r'"resolved":|index-url|find-links|registry\s*=\s*http|@ (?:https?|git)')
_LARGEST = 2_000_000


def main() -> int:
    files = sys.argv[1:] or _files_of_git()
    problems = [problem for name in files for problem in problems_of(name)]
    print("\n".join(problems) or f"{len(files)} files hold no key, database or built output.")
    return bool(problems)


def problems_of(name: str) -> list[str]:
    """One line a problem, each with its mend; `name` is relative to the repository."""
    for pattern, what in _FORBIDDEN_NAMES:
        if pattern.search(name):
            return [f"{name}: is {what}; run `git rm --cached {name}` and add it to .gitignore."]
    path = ROOT / name
    if not path.is_file() or path.is_symlink():
        return []
    if path.stat().st_size > _LARGEST:
        return [f"{name}: is larger than {_LARGEST // 1_000_000} MB; make it smaller or leave it out."]
    content = path.read_bytes()
    if b"\0" in content:
        return []
    problems = []
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        for pattern, what in _SECRETS:
            if pattern.search(line):
                problems.append(
                    f"{name}:{number}: looks like {what}; take it out, revoke it if it was real,"
                    " and read it from the environment."
                )
        if _LOCK_FILES.search(name) and _ADDRESS.search(line):
            problems.append(
                f"{name}:{number}: names where packages come from; run scripts/lock, or npm with"
                " omit-lockfile-registry-resolved=true."
            )
    return problems


def _files_of_git() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name]


if __name__ == "__main__":
    sys.exit(main())
