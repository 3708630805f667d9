"""What consecutive prompts to one model have in common: the part that a provider can cache.

    python -m bench.prefix --json FILE

Plays the scripted room of llm/tests/scripted_room.py (three people, five personas) on SQLite in
memory, with a model for each persona (persona-first) and with one for all (shared-first), and
compares each request with the last one to the same model, byte by byte. Nothing is timed.
"""

from __future__ import annotations

import os
from typing import Any

from bench.measures import carry_out, parser, table

TARGETS = {"persona-first": 75.0, "shared-first": 88.0}
LENGTHS = (200, 600)


def run(options: Any) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        from llm.tests.scripted_room import prompts, share

        shares: dict[str, dict[str, float]] = {}
        for layout, is_shared in (("persona-first", False), ("shared-first", True)):
            for messages in LENGTHS:
                for seed in range(1, options.rounds + 1):
                    played = list(prompts(messages=messages, is_shared=is_shared, seed=seed))
                    key = f"{layout}, {messages} messages"
                    shares.setdefault(key, {})[f"seed {seed}"] = 100 * share(played)
    finally:
        teardown_databases(made, verbosity=0)
    return {"bench": "prefix", "percent": shares}


def report(result: dict[str, Any]) -> None:
    print("Bytes that a prompt has in common with the last one to the same model, %")
    shares = result["percent"]
    seeds = list(next(iter(shares.values())))
    print(table(("", *seeds), [(key, *of.values()) for key, of in shares.items()]))
    for layout, target in TARGETS.items():
        worst = min(shares[f"{layout}, {LENGTHS[0]} messages"].values())
        met = "met" if worst >= target else "MISSED"
        print(f"{layout}, {LENGTHS[0]} messages: {worst:.1f} %, target at least {target:g} %: {met}")


def main() -> None:
    carry_out(parser(__doc__, rounds=3, seconds=0), run, report)


if __name__ == "__main__":
    main()
