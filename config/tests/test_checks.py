"""A setting that nothing reads is found, with what it was likely meant to be."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks


def warnings() -> list[str]:
    return [message.msg for message in run_checks() if message.id == "parley.W001"]


def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    before = warnings()
    monkeypatch.setenv("PARLEY_SWEEP_SECOND", "2")
    monkeypatch.setenv("PARLEY_SWEEP_SECONDS", "2")
    (found,) = set(warnings()) - set(before)
    assert found == "PARLEY_SWEEP_SECOND is no setting of Parley. Did you mean PARLEY_SWEEP_SECONDS?"


def test_one_that_is_like_none_is_to_be_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_XYZ", "1")
    assert any(message.startswith("PARLEY_XYZ is no setting") for message in warnings())
