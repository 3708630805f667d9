from __future__ import annotations

import pytest

from llm.guard import Limits, refuse


@pytest.mark.parametrize(
    ("depth", "turns_used", "code"),
    [(0, 0, None), (4, 19, None), (5, 0, "depth_limit"), (0, 20, "turn_limit"), (5, 20, "depth_limit")],
)
def test_a_chain_has_depth_four_and_twenty_turns(depth: int, turns_used: int, code: str | None) -> None:
    refusal = refuse(Limits(depth=4, turns=20), depth=depth, turns_used=turns_used)
    assert (refusal.code if refusal else None) == code
    if refusal:
        assert "a person has to say something first" in refusal.message
