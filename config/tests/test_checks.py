"""System checks name what is wrong with the settings."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from config.checks import named_endpoint_has_a_name_of_its_own


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


@pytest.mark.parametrize(
    ("base_url", "name", "is_refused"),
    [
        ("http://127.0.0.1:1234/v1", "lab", False),
        ("http://127.0.0.1:1234/v1", "", False),
        ("http://127.0.0.1:1234/v1", "OpenAI", True),
        ("http://127.0.0.1:1234/v1", "openrouter", True),
        ("http://127.0.0.1:1234/v1", "ollama", True),
        ("http://127.0.0.1:1234/v1", "demo", True),
        ("", "openai", False),
    ],
)
def test_an_endpoint_does_not_take_a_providers_name(
    monkeypatch: pytest.MonkeyPatch, base_url: str, name: str, is_refused: bool
) -> None:
    monkeypatch.setenv("PARLEY_OPENAI_BASE_URL", base_url)
    monkeypatch.setenv("PARLEY_OPENAI_NAME", name)
    found = named_endpoint_has_a_name_of_its_own()
    assert [problem.id for problem in found] == (["parley.E002"] if is_refused else [])
    assert all(f"{name.lower()} is a provider's" in problem.msg for problem in found)
