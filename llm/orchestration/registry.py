"""All modes. To add one: a file with a `MODE`, and its line here (docs/orchestration.md). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from llm.orchestration.modes import consensus, council, debate, leader, relay, round_robin
from llm.orchestration.values import Mode

MODES: tuple[Mode, ...] = (
    round_robin.MODE,
    debate.MODE,
    consensus.MODE,
    relay.MODE,
    leader.MODE,
    council.MODE,
)

BY_NAME: Mapping[str, Mode] = {mode.name: mode for mode in MODES}
