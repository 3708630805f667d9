"""Tool calls as providers stream them, out of the scripted provider and piece by piece."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.gateway.tool_calls import ToolCallAssembler, tool_call_chunks
from llm.gateway.types import ChatMessage, CompletionRequest, ToolCall, ToolDefinition
from llm.tests.gateway_helpers import read, request_to
from tests.stack.scripted_provider import ScriptedProvider
from tests.stack.scripted_steps import Step

PASS = ToolDefinition(
    "opt_out", "Say nothing.", {"type": "object", "properties": {"reason": {"type": "string"}}}
)
BAD_TOOLS = {"message": "this model does not support tools", "type": "invalid_request_error", "code": None}


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider() as provider:
        yield provider


def asking(provider: ScriptedProvider, model: str = "openai/gpt-4o-mini") -> CompletionRequest:
    return replace(request_to(provider, model=model), tools=(PASS,))


def frame(*calls: Any, reason: str | None = None, **delta: Any) -> str:
    choice = {"index": 0, "delta": {**delta, "tool_calls": list(calls)}, "finish_reason": reason}
    return json.dumps(
        {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    )


def piece(index: int, arguments: str = "", **more: Any) -> dict[str, Any]:
    name = more.pop("name", None)
    function = {"arguments": arguments, **({"name": name} if name else {})}
    return {"index": index, "function": function, **more}


INTERLEAVED = [
    frame(piece(0, name="opt_out", id="a", type="function")),
    frame(piece(0, '{"rea')),
    frame(piece(1, name="mention", id="b", type="function"), piece(0, 'son": "x')),
    frame(piece(1, '{"names": ["Bo"]')),
    frame(piece(0, '"}'), piece(1, "}")),
]


@pytest.mark.parametrize("is_raw", [True, False])
async def test_streamed_calls_come_whole_at_the_end(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, is_raw: bool
) -> None:
    """Several at once and interleaved, read raw and through LiteLLM's iterator."""
    if not is_raw:
        monkeypatch.setattr("llm.gateway._request.RAW_PROVIDERS", frozenset())
    provider.script(Step(text="One.", frames=INTERLEAVED, finish_reason="tool_calls"))
    outcome = await read(asking(provider))
    assert outcome.text == "One."
    assert outcome.finished is not None
    assert outcome.finished.reason == "tool_calls"
    assert outcome.finished.tool_calls == (
        ToolCall("a", "opt_out", '{"reason": "x"}'),
        ToolCall("b", "mention", '{"names": ["Bo"]}'),
    )
    assert outcome.finished.usage.output_tokens == 7
    [call] = provider.calls
    assert call.body["tools"] == [
        {
            "type": "function",
            "function": {"name": "opt_out", "description": "Say nothing.", "parameters": PASS.parameters},
        }
    ]


@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "openrouter/vendor/model", "named/model"])
async def test_what_came_of_a_call_is_told_in_the_dialects_own_form(
    provider: ScriptedProvider, model: str
) -> None:
    provider.script(Step(text="Well."))
    call = ToolCall("a", "opt_out", "{}")
    request = asking(provider, model)
    more = (ChatMessage("assistant", "", tool_calls=(call,)), ChatMessage("tool", "No.", tool_call_id="a"))
    assert (await read(replace(request, messages=(*request.messages, *more)))).text == "Well."
    asked, told = provider.calls[0].body["messages"][-2:]
    assert asked["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "opt_out", "arguments": "{}"}}
    ]
    assert (told["role"], told["tool_call_id"], told["content"]) == ("tool", "a", "No.")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BAD_TOOLS),
        (
            404,
            {"message": "No endpoints found that support tool use", "type": "not_found_error", "code": 404},
        ),
        (400, {**BAD_TOOLS, "message": '"auto" tool choice requires --enable-auto-tool-choice'}),
    ],
)
async def test_a_refusal_of_tools_has_a_code_of_its_own(
    provider: ScriptedProvider, status: int, error: Any
) -> None:
    provider.script(Step(status=status, error=error, times=2))
    refused = await read(asking(provider))
    assert refused.error is not None
    assert refused.error.code == "tools_unsupported"
    without = await read(request_to(provider))
    assert without.error is not None
    assert without.error.code != "tools_unsupported"


async def test_another_refusal_is_none_of_tools(provider: ScriptedProvider) -> None:
    provider.script(Step(status=401, error={**BAD_TOOLS, "code": "invalid_api_key"}))
    refused = await read(asking(provider))
    assert refused.error is not None
    assert refused.error.code == "auth"


async def test_an_answer_that_is_cut_off_says_so(provider: ScriptedProvider) -> None:
    provider.script(Step(frames=INTERLEAVED[:2], finish_reason="length"))
    outcome = await read(asking(provider))
    assert outcome.finished is not None
    assert outcome.finished.reason == "length"


def assembled(*deltas: Any) -> list[tuple[str, str, str]]:
    assembler = ToolCallAssembler()
    for delta in deltas:
        for chunk in tool_call_chunks(delta):
            assembler.add(chunk)
    return [(call.id, call.name, call.arguments) for call in assembler.calls()]


def of(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"tool_calls": list(calls)}


DIALECTS = [
    # Whole, without a number or an id; arguments as an object.
    ([of({"function": {"name": "f", "arguments": {"a": 1}}})], [("call_0", "f", '{"a": 1}')]),
    # Every call has the number 0, and another id.
    (
        [of(piece(0, "{}", name="f", id="a")), of(piece(0, "{}", name="g", id="b"))],
        [("a", "f", "{}"), ("b", "g", "{}")],
    ),
    # Two calls of one tool, whole, with neither.
    (
        [of({"function": {"name": "f", "arguments": "1"}}, {"function": {"name": "f", "arguments": "2"}})],
        [("call_0", "f", "1"), ("call_1", "f", "2")],
    ),
    # The name and the id again in every piece.
    ([of(piece(0, "{", name="f", id="a")), of(piece(0, "}", name="f", id="a"))], [("a", "f", "{}")]),
    # The id comes later.
    ([of(piece(0, "", name="f")), of(piece(0, "{}", id="a"))], [("a", "f", "{}")]),
    # As it was before several calls could be made.
    (
        [{"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}}],
        [("call_0", "f", "{}")],
    ),
    ([of(), {"tool_calls": None}, {"tool_calls": "x"}], []),
]


@pytest.mark.parametrize(("deltas", "calls"), DIALECTS)
def test_dialects_are_understood(deltas: list[Any], calls: list[Any]) -> None:
    assert assembled(*deltas) == calls


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=4), st.lists(st.text(max_size=5), max_size=5)), max_size=4
    ),
    st.randoms(),
)
def test_any_interleaving_gives_the_same(calls: list[tuple[str, list[str]]], chance: Any) -> None:
    queues = [
        [piece(at, name=name, id=f"id{at}"), *(piece(at, part) for part in parts)]
        for at, (name, parts) in enumerate(calls)
    ]
    order = [at for at, queue in enumerate(queues) for _ in queue]
    chance.shuffle(order)
    deltas = [of(queues[at].pop(0)) for at in order]
    expected = sorted((f"id{at}", name, "".join(parts)) for at, (name, parts) in enumerate(calls))
    assert sorted(assembled(*deltas)) == expected
