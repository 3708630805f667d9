"""Benches: numbers of the whole stack beside floors measured in the same run. See README.md."""

# What `manage.py bench` lists, each a module with a `main`; the others are what they share.
BENCHES = (
    "first_token",
    "streams",
    "fanout",
    "filter",
    "joining",
    "everybody",
    "context",
    "prefix",
    "pages",
    "dispatch",
    "browser",
    "tab",
    "memory",
    "long",
    "needle",
    "deliberation",
    "boundaries",
    "gateway_cpu",
)
