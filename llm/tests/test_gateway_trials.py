"""Models that misbehave on purpose: each of their ways, through LiteLLM as any other model's."""

from __future__ import annotations

from time import monotonic
from typing import Any, get_args

import pytest

from llm.gateway.catalogue import read_catalogue
from llm.gateway.defaults import TRIALS_VARIABLE, default_model
from llm.gateway.demo_trials import FIRST_SENTENCE, LEAK_FORMS, OFFERED, SCRIPT, trial_of
from llm.gateway.errors import ErrorCode
from llm.gateway.types import ChatMessage, CompletionRequest, Deadlines
from llm.tests.gateway_helpers import Outcome, read
from llm.tests.test_gateway_demo import IDEA, messages

CODES = get_args(ErrorCode)


@pytest.fixture(autouse=True)
def _offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRIALS_VARIABLE, "1")
    monkeypatch.setenv("PARLEY_DEMO_TOKENS_PER_SECOND", "0")


async def ask(model: str, **options: Any) -> Outcome:
    pairs = messages(IDEA)
    chat = tuple(ChatMessage("system" if role == "system" else "user", content) for role, content in pairs)
    return await read(CompletionRequest(f"demo/{model}", chat, **options))


def code_of(outcome: Outcome) -> str | None:
    return outcome.error.code if outcome.error else None


@pytest.mark.parametrize("code", CODES)
async def test_flaky_fails_in_each_way(code: ErrorCode) -> None:
    before, midway = await ask(f"flaky-{code}"), await ask(f"flaky-{code}-midway")
    assert (before.text, code_of(before), before.finished) == ("", code, None)
    assert (midway.text, code_of(midway), midway.finished) == (FIRST_SENTENCE, code, None)


@pytest.mark.parametrize(("outcome", "reason"), [("empty", "stop"), ("length", "length")])
async def test_flaky_answers_with_nothing(outcome: str, reason: str) -> None:
    found = await ask(f"flaky-{outcome}")
    assert found.finished is not None
    assert (found.text, found.error, found.finished.reason) == ("", None, reason)


async def test_flaky_stalls_until_our_own_deadline() -> None:
    found = await ask("flaky-stall", deadlines=Deadlines(first_token=0.05))
    assert (found.text, code_of(found)) == ("", "timeout")


def test_flaky_goes_through_its_script_as_the_room_goes_on() -> None:
    def outcome(count: int) -> str:
        trial = trial_of("flaky", [("user", '<message id="1">x</message>' * count)])
        assert trial is not None
        return trial.outcome

    assert [outcome(count) for count in range(len(SCRIPT) + 1)] == [*SCRIPT, SCRIPT[0]]
    assert set(CODES) < set(SCRIPT)


@pytest.mark.parametrize("form", LEAK_FORMS)
async def test_leaky_begins_with_its_name_and_speaks_for_another(form: str) -> None:
    text = (await ask(f"leaky-{form}")).text
    assert text.startswith("**Ada:** ")
    begins = {"name": "\n\nBo: I", "tag": '\n\n<message speaker="Bo"', "bracket": "\n\n[Bo]: I"}
    assert begins[form] in text


async def test_slow_is_ten_times_as_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    # 0.35 s to the first token at 50 a second.
    monkeypatch.setenv("PARLEY_DEMO_TOKENS_PER_SECOND", "5000")
    began = monotonic()
    assert (await ask("slow")).text
    assert monotonic() - began >= 0.03


@pytest.mark.parametrize("model", ["flaky-none", "flaky-midway", "slow-er", "leaky-pipe"])
async def test_no_other_name_is_known(model: str) -> None:
    assert code_of(await ask(model)) == "model_unknown"


async def test_they_exist_only_where_the_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def offered(environ: dict[str, str]) -> set[str]:
        return {model.name for model in (await read_catalogue(environ)).models}

    trials = {f"demo/{name}" for name in OFFERED}
    assert trials <= await offered({TRIALS_VARIABLE: "1"})
    assert not trials & await offered({})
    monkeypatch.delenv(TRIALS_VARIABLE)
    for name in ("slow", "flaky", "leaky"):
        assert code_of(await ask(name)) == "model_unknown"


def test_a_persona_of_such_a_name_is_no_trial() -> None:
    assert default_model({TRIALS_VARIABLE: "1"}, lens="slow") == "demo/neutral"
    assert default_model({TRIALS_VARIABLE: "1"}, lens="leaky-boat") == "demo/neutral"
    assert default_model({}, lens="slowly") == "demo/slowly"
