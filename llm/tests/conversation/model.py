"""The model of the conversation: answers as the script says, priced, so that what the room paid is known
from the script alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from llm import asking
from llm.context.tokens import tokens_of
from llm.gateway.errors import GatewayError
from llm.gateway.types import Chunk, CompletionRequest, Finished, TextChunk, Usage
from llm.memory import summarising
from llm.tests.conversation.script import Turn
from llm.tests.scripted import calls
from rooms.tests.people import Json

# US dollars a token written.
PRICES = {"lab/owl": Decimal("0.001"), "lab/wren": Decimal("0.002"), "lab/crane": Decimal("0.003")}
# Who asked which model, and what it used: persona, model, tokens in, tokens out, cost.
Paid = tuple[str, str, int | None, int | None, Decimal | None]
# Of a call that only uses a tool.
TOOL_TOKENS = 5
_NUMBER = re.compile(r'number="#(\d+)"')


@dataclass
class Model:
    """Stands in for the gateway: answers `turn`, the one that is played now. `poll` is the number of
    the newest one; `notes` is what a summary comes to."""

    turn: Turn | None = None
    poll: int = 0
    notes: str = ""
    requests: list[CompletionRequest] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)
    # The lines of all summaries, and what these cost.
    lines: list[str] = field(default_factory=list)
    summaries: list[Decimal] = field(default_factory=list)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(self, request: CompletionRequest) -> AsyncIterator[Chunk]:
        turn = self.turn
        assert turn is not None, "a model was asked though nobody was to speak"
        self.requests.append(request)
        if turn.how == "fail" and turn.detail == "empty":
            yield Finished("stop", self._pay(turn, request, 0))
            return
        if turn.how == "fail" or (turn.how == "instead" and request.model == "lab/owl"):
            raise GatewayError(turn.detail)  # type: ignore[arg-type] # the script's codes are the taxonomy's
        if turn.how == "votes" and not request.tools:
            yield TextChunk(f"[[vote {turn.detail} in poll {self.poll}: {turn.text}]]")
            yield Finished("stop", self._pay(turn, request, TOOL_TOKENS))
            return
        tool = self._tool_alone(turn)
        if tool is not None:
            for chunk in self._using(turn, request, *tool, TOOL_TOKENS):
                yield chunk
            return
        first, space, rest = turn.text.partition(" ")
        yield TextChunk(first)
        yield TextChunk(space + rest)
        if turn.how == "stopped":
            self.paid.append((turn.name, request.model, None, None, None))
            self.has_begun.set()
            await asyncio.Event().wait()
        written = tokens_of(turn.text)
        tool = _tool_behind(turn)
        if tool is not None:
            for chunk in self._using(turn, request, *tool, written):
                yield chunk
            return
        yield Finished("stop", self._pay(turn, request, written))

    async def summarise(self, request: CompletionRequest) -> AsyncIterator[Chunk]:
        """A line for each range, which leaves almost everything out."""
        told = request.messages[-1].content
        line = f"Part {len(self.lines) + 1}: {self.notes}"
        self.lines.append(line)
        yield TextChunk(f"- {line} [#{_NUMBER.findall(told)[0]}]")
        cost = PRICES[request.model] * tokens_of(line)
        self.summaries.append(cost)
        yield Finished("stop", Usage(tokens_of(told), tokens_of(line), None, cost))

    def _tool_alone(self, turn: Turn) -> tuple[str, Json] | None:
        """What is used before a word was said."""
        match turn.how:
            case "pass":
                return "opt_out", {"reason": turn.text}
            case "votes":
                return "cast_vote", {"choices": [turn.detail], "poll": self.poll, "reason": turn.text}
            case "reads" if len(self.requests) == 1:
                return "poll_results", {"poll": self.poll}
        return None

    def _using(
        self, turn: Turn, request: CompletionRequest, name: str, arguments: Json, written: int
    ) -> Sequence[Chunk]:
        *pieces, last = calls((name, arguments))
        assert isinstance(last, Finished)
        return [*pieces, Finished("tool_calls", self._pay(turn, request, written), last.tool_calls)]

    def _pay(self, turn: Turn, request: CompletionRequest, written: int) -> Usage:
        size = sum(tokens_of(message.content) for message in request.messages)
        cost = PRICES[request.model] * written
        self.paid.append((turn.name, request.model, size, written, cost))
        return Usage(size, written, None, cost)


def _tool_behind(turn: Turn) -> tuple[str, Json] | None:
    """What is used at the end of a text."""
    if turn.how == "hands":
        name, _, task = turn.detail.partition(": ")
        return "mention", {"names": [name], "task": task}
    if turn.how == "asks":
        question, *options = turn.detail.split(" | ")
        return "create_poll", {"question": question, "options": options}
    return None


def stand_in(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The model of the conversation, in place of the gateway."""
    model = Model()
    monkeypatch.setattr(asking, "stream_completion", model.stream)
    monkeypatch.setattr(summarising, "stream_completion", model.summarise)
    return model
