"""The scripted demo: through LiteLLM, deterministic, in the speaker's words, and honest."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from llm.gateway.defaults import default_model, endpoint_for, is_scripted
from llm.gateway.demo_text import reply
from llm.gateway.demo_voices import VOICES
from llm.gateway.types import ChatMessage, CompletionRequest, ToolDefinition
from llm.tests.gateway_helpers import read

ROSTER = (
    '<participant name="Mia" kind="person" title=""/>\n'
    '<participant name="Ada" kind="AI persona" title="Engineer"/>\n'
    '<participant name="Bo" kind="AI persona" title="Sceptic"/>'
)
IDEA = "@Ada what do you think about a tool library for our street?"


def messages(text: str, *, speaker: str = '"Mia"') -> list[tuple[str, str]]:
    trigger = (
        f"<trigger speaker={speaker}>{text}</trigger>\n\nYou are Ada. Write Ada's message and nothing else."
    )
    return [("system", ROSTER), ("user", trigger)]


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_DEMO_TOKENS_PER_SECOND", "0")


@pytest.mark.usefixtures("_at_once")
async def test_streams_through_litellm_and_is_free() -> None:
    pairs = messages(IDEA)
    chat = tuple(ChatMessage("system" if role == "system" else "user", content) for role, content in pairs)
    outcome = await read(CompletionRequest("demo/engineer", chat))
    assert outcome.text == reply(pairs, "engineer")
    assert len(outcome.texts) > 20
    assert outcome.finished is not None
    assert outcome.finished.reason == "stop"
    assert outcome.finished.usage.cost_usd == Decimal(0)
    assert outcome.finished.usage.output_tokens


@pytest.mark.usefixtures("_at_once")
async def test_a_short_limit_says_length() -> None:
    outcome = await read(
        CompletionRequest("demo/poet", (ChatMessage("user", messages(IDEA)[1][1]),), max_output_tokens=5)
    )
    assert outcome.finished is not None
    assert outcome.finished.reason == "length"


@pytest.mark.parametrize("lens", [*VOICES, "neutral", "anything"])
def test_each_lens_answers_in_the_speakers_words(lens: str) -> None:
    answer = reply(messages(IDEA), lens)
    assert answer == reply(messages(IDEA), lens)
    assert "tool library" in answer.lower()
    assert "{" not in answer
    assert "@" not in answer
    assert len({reply(messages(IDEA), lens), reply(messages(IDEA + " Soon."), lens)}) == 2


@pytest.mark.parametrize("lens", [*VOICES, "neutral"])
@pytest.mark.parametrize(
    "text", ["hi", "@Ada", "", "pizza", "thanks @Ada", "????", "```\ncode\n```", "> a quote", "{x}"]
)
def test_odd_calls_get_an_answer(lens: str, text: str) -> None:
    assert len(reply(messages(text), lens)) > 20
    assert reply([("user", text)], lens)
    assert reply([], lens)


def test_one_voice_thinks_first() -> None:
    answer = reply(messages(IDEA), "sceptic")
    assert answer.startswith("<think>\n")
    thought, _, said = answer.partition("</think>\n\n")
    assert "tool library" in thought.lower()
    assert said
    assert "<think>" not in reply(messages("hi"), "sceptic")
    assert "<think>" not in reply(messages(IDEA), "engineer")


@pytest.mark.parametrize("lens", [*VOICES, "neutral"])
def test_goes_on_with_the_sentence_that_was_cut_off(lens: str) -> None:
    said = reply(messages(IDEA), lens).rpartition("</think>\n\n")[2]
    first = said.partition("\n\n")[0]
    [system, (role, content)] = messages(IDEA)
    for length in (len(first) - 9, len(first) // 2):
        task = "Your message above was cut off. You are Ada. Write only how it goes on."
        trigger = content.partition("\n\n")[0]
        before = first[:length].replace("&", "&amp;").replace("<", "&lt;")
        rest = reply([system, (role, f"{trigger}\n\n<your_message>{before}</your_message>\n\n{task}")], lens)
        assert first[:length] + rest.partition("\n\n")[0] == first
        assert "\n\n" in rest


def test_hands_over_only_when_asked() -> None:
    assert reply(messages(IDEA + " Then hand over to @Bo."), "engineer").endswith("Over to you, @Bo.")
    assert "@Bo" not in reply(messages(IDEA + " @Bo may disagree."), "engineer")
    assert "@Eve" not in reply(messages(IDEA + " Then hand over to @Eve."), "engineer")


def test_who_has_a_task_of_its_own_answers_that() -> None:
    [system, (role, content)] = messages("@Ada sketch the shelves, @Bo count the hammers")
    tasked = content.replace("</trigger>", "</trigger>\n<task>\nsketch the shelves\n</task>\n")
    answer = reply([system, (role, tasked)], "engineer")
    assert "shelves" in answer
    assert "hammers" not in answer


@pytest.mark.parametrize("lens", [*VOICES, "neutral"])
def test_whose_hand_was_granted_says_it(lens: str) -> None:
    def given(task: str) -> str:
        asked = (
            f'<trigger speaker="Mia">Which day?</trigger>\n<task>\n{task}\n</task>\n</turn>\n\nYou are Ada.'
        )
        return reply([("user", asked)], lens)

    line = "We tried Friday in the old library."
    said = given(f"You raised your hand to say: “{line}” Say it now.")
    assert said.startswith(line)
    assert "your hand" not in said
    asked = "Bo asked: how long does the roof last?"
    task = f"You are given the floor, since somebody called you. {asked} Answer now."
    assert "given the floor" not in given(task)


def test_does_not_pretend() -> None:
    answer = reply(messages("@Ada are you a real model?"), "engineer")
    assert "scripted demo" in answer
    assert "no AI model" in answer


def test_what_it_answers_to_is_not_read_aloud() -> None:
    for lens in VOICES:
        answer = reply(messages('<reply_to speaker="Alice">Purple giraffes.</reply_to>' + IDEA), lens)
        assert "giraffe" not in answer
        assert "reply_to" not in answer


def test_names_are_unescaped() -> None:
    assert reply(messages(IDEA, speaker='"Mia &quot;M&quot; &amp; Co"'), "poet").count('Mia "M" & Co')


@pytest.mark.parametrize(
    ("environ", "model"),
    [
        ({}, "demo/poet"),
        ({"OPENAI_API_KEY": " "}, "demo/poet"),
        ({"PARLEY_DEFAULT_MODEL": "x/y", "OPENAI_API_KEY": "k"}, "x/y"),
        ({"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}, "openai/gpt-5.4-mini"),
        ({"ANTHROPIC_API_KEY": "k"}, "anthropic/claude-sonnet-5"),
        ({"OPENROUTER_API_KEY": "k"}, "openrouter/openai/gpt-5.4-mini"),
        ({"OLLAMA_API_BASE": "http://localhost:11434"}, "ollama_chat/llama3.1"),
        (
            {
                "PARLEY_OPENAI_BASE_URL": "http://h/v1",
                "PARLEY_OPENAI_MODEL": "m",
                "PARLEY_OPENAI_NAME": "Lab",
            },
            "lab/m",
        ),
    ],
)
def test_default_model(environ: dict[str, str], model: str) -> None:
    assert default_model(environ, lens="poet") == model
    assert is_scripted(model) == model.startswith("demo/")


def test_default_models_are_priced() -> None:
    from llm.gateway import _litellm

    for model in ("openai/gpt-5.4-mini", "anthropic/claude-sonnet-5"):
        assert sum(_litellm.loaded().cost_per_token(model=model, prompt_tokens=10, completion_tokens=10)) > 0


def test_endpoints_never_lack_a_key() -> None:
    environ = {
        "PARLEY_OPENAI_BASE_URL": "http://h/v1",
        "PARLEY_OPENAI_NAME": "Lab",
        "OLLAMA_API_BASE": "http://o",
    }
    named, ollama = endpoint_for("lab/m", environ), endpoint_for("ollama_chat/x", environ)
    assert named is not None
    assert ollama is not None
    assert named.api_key
    assert ollama.api_key
    assert endpoint_for("openai/gpt-4o", environ) is None


@pytest.mark.usefixtures("_at_once")
async def test_votes_by_tool_where_a_poll_asks_it_to() -> None:
    polls = (
        "<polls>\nPoll 7, asked by Mia, is open: Which day?\n1. Monday: 0 votes\n2. Friday: 0 votes\n"
        "0 have voted.\nOne option can be chosen. You are asked to vote. You have not voted yet.\n</polls>\n"
    )
    trigger = '<trigger speaker="Mia" id="7">\nWhich day?\n</trigger>\n'
    outcome = await read(CompletionRequest("demo/engineer", (ChatMessage("user", polls + trigger),)))
    assert outcome.finished is not None
    assert (outcome.text, outcome.finished.reason) == ("", "tool_calls")
    (call,) = outcome.finished.tool_calls
    assert call.name == "cast_vote"
    assert json.loads(call.arguments)["choices"] in (["1"], ["2"])


PASS = ToolDefinition("opt_out", "Say nothing.", {"type": "object", "properties": {}})
THREE = f'{ROSTER}\n<participant name="Cy" kind="AI persona" title=""/>'


def request_with_tools(text: str, me: str, *, is_for_all: bool) -> CompletionRequest:
    quiet = " Nobody asked you alone: say nothing at all." if is_for_all else ""
    trigger = f'<trigger speaker="Mia">{text}</trigger>\n\nYou are {me}. Write {me}\'s message.{quiet}'
    return CompletionRequest(
        "demo/engineer", (ChatMessage("system", THREE), ChatMessage("user", trigger)), tools=(PASS,)
    )


@pytest.mark.usefixtures("_at_once")
async def test_of_three_whom_nobody_asked_alone_one_passes_by_tool() -> None:
    outcomes = [await read(request_with_tools(IDEA, me, is_for_all=True)) for me in ("Ada", "Bo", "Cy")]
    calls = [outcome.finished.tool_calls for outcome in outcomes if outcome.finished]
    assert [call.name for made in calls for call in made] == ["opt_out"]
    assert [bool(outcome.text) for outcome in outcomes] == [not made for made in calls]
    alone = await read(request_with_tools(IDEA, "Ada", is_for_all=False))
    assert alone.text
    assert alone.finished is not None
    assert alone.finished.tool_calls == ()


@pytest.mark.usefixtures("_at_once")
async def test_a_hand_over_is_made_by_tool() -> None:
    outcome = await read(request_with_tools(f"{IDEA} Then hand over to @Bo.", "Ada", is_for_all=False))
    assert outcome.finished is not None
    [call] = outcome.finished.tool_calls
    assert (call.name, '"names": ["Bo"]' in call.arguments) == ("mention", True)
    assert "@Bo" not in outcome.text
