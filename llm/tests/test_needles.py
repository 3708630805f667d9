"""Old facts are found again after a summariser that drops most of them: the small form of
`manage.py bench needle`. Cases are numbered in docs/memory.md."""

from __future__ import annotations

import pytest

from bench.needle import results, share
from bench.needles import conversation

pytestmark = pytest.mark.django_db


def test_n01_what_was_said_is_given_when_it_is_asked_for() -> None:
    found = results(conversation(seed=2_001, messages=400, facts=32))
    assert share(found["plain"]) >= 0.95
    assert share(found["superseded"]) >= 0.95
    # Reported by the bench, and held here well below what it reports.
    assert share(found["paraphrase"]) >= 0.7
    assert share(found["abstain"]) >= 0.5
