"""What one turn says and does: its model is asked, and asked again with what its tools brought.

1. The answer's text goes through the speaker's filter to the room as it comes. Where it
   begins to speak for somebody else, the answer ends.
2. At its end the tools that it called are used, in order. The turn is over where it passed,
   where all it did needs no further word of the model, and where it called none.
3. Else the model is asked again, with what came of it. One call that can't be understood is
   told to it; at the second, and after `ROUNDS`, the turn ends with what was said.
4. Who was mentioned and is not named in the text yet is named in a last line.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from llm import polls, turns
from llm.asking import ask
from llm.further import further
from llm.gateway.errors import GatewayError
from llm.gateway.types import (
    ChatMessage,
    Delta,
    Finished,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    Usage,
)
from llm.patience import patiently
from llm.publisher import Publisher
from llm.reply import Reply
from llm.requests import TurnRequest, request_for
from llm.retrying import Candidate
from llm.scriptlines import Voice
from llm.speaker import Speaker
from llm.thinking.publisher import ThoughtPublisher
from llm.tools import abilities, handovers
from llm.tools.execution import Outcome, use_tool
from llm.tools.registry import by_keyword, call_of
from llm.tools.tool import Mentioned, Result
from rooms.protocol.shapes import ErrorShape

logger = logging.getLogger(__name__)

ROUNDS = 4
CALLS_A_ROUND = 8
# As many as a name may have.
CUT_SPEAKER_CHARACTERS = 60

EMPTY = ErrorShape(code="empty", message="The model answered with nothing. Try again.")
SPENT = ErrorShape(code="length", message="The model reached its limit before it said anything.")
MISUSE = ErrorShape(
    code="bad_tool_call", message="The model used a tool in a way that makes no sense. Try again."
)
ONLY_TOOLS = ErrorShape(code="only_tools", message="The model used its tools and said nothing. Try again.")

SPOKE_FOR_OTHER = ErrorShape(
    code="spoke_for_other", message="The model answered as somebody else. Try again."
)

# A whole answer in which there is nothing to show, by code.
SILENCES = {error.code: error for error in (EMPTY, SPENT, MISUSE, ONLY_TOOLS, SPOKE_FOR_OTHER)}

LAST_ROUND = " This was your last use of a tool: now write your message."
TOO_MANY = Outcome(Result("Too many calls at once: this one was not done."), is_refused=True)


@dataclass(frozen=True)
class Ending:
    """How a turn ends. `usage` is that of its last call, None where none was told."""

    state: turns.EndState
    error: ErrorShape | None
    usage: Usage | None = None
    outcome: turns.Outcome | None = None


def _told_as_text(
    said: str, calls: Sequence[ToolCall], outcomes: Sequence[Outcome]
) -> tuple[ChatMessage, ChatMessage]:
    """To a model without tools: what came of the lines that it wrote for them."""
    told = "\n".join(
        f"{call.name}: {outcome.result.text}" for call, outcome in zip(calls, outcomes, strict=True)
    )
    return (
        ChatMessage("assistant", said or "[[…]]"),
        ChatMessage(
            "user", f"What came of your lines in brackets:\n{told}\nNow write how your message goes on."
        ),
    )


class _CutShort(Exception):
    """The answer begins to speak for somebody else: nothing more of it is read."""


class Speech:
    """What one model makes of a turn. `present` are who else is in the room; `may_ask_again`:
    whether the worker still begins calls; `others`: which models can be asked after it; `uses`: of
    tools, before it."""

    def __init__(
        self,
        reply: Reply,
        request: TurnRequest,
        *,
        present: Sequence[Voice],
        publisher: Publisher,
        thoughts: ThoughtPublisher,
        may_ask_again: Callable[[], bool],
        others: Sequence[Candidate] = (),
        uses: int = 0,
    ) -> None:
        self._reply = reply
        self._request = request
        self._publisher = publisher
        self._thoughts = thoughts
        self._may_ask_again = may_ask_again
        self._others = others
        self._present = present
        # What is put in front of the next text, and where the text of the answer begins.
        self._gap = ""
        self._begins_at = len(reply.reached().text)
        self._speaker = self._new_speaker()
        self._cut_for: str | None = None
        self._mentions: list[Mentioned] = []
        self.uses = uses
        # Whether a tool did, or may have done, what can't be undone.
        self.has_acted = False
        self._refused: set[str] = set()
        self._has_misused = False

    async def give(self) -> Ending:
        """Until nothing is left to ask. Raises GatewayError, and CancelledError where the turn
        is not this worker's any more."""
        for number in range(1, ROUNDS + 1):
            finished = await self._round(is_first=number == 1)
            # The last call of an answer that was cut off may be half, and what it was cut from is lost.
            calls = () if finished.reason == "length" else finished.tool_calls or self._written_calls()
            if not calls:
                return await self._ending(finished, EMPTY)
            outcomes = [await self._use(call, is_late=at >= CALLS_A_ROUND) for at, call in enumerate(calls)]
            passed = next((o.result.passed for o in outcomes if o.result.passed is not None), None)
            if passed is not None and not self._has_spoken:
                return Ending("passed", ErrorShape(code="opt_out", message=passed), finished.usage)
            if any(outcome.result.is_enough for outcome in outcomes) and not self._has_spoken:
                return Ending("done", None, finished.usage)
            if all(outcome.result.is_final for outcome in outcomes):
                break
            misuses = any(outcome.is_misuse for outcome in outcomes)
            if misuses and self._has_misused:
                return await self._ending(finished, MISUSE)
            self._has_misused = self._has_misused or misuses
            if number < ROUNDS:
                await self._go_on(finished, calls, outcomes, is_last=number == ROUNDS - 1)
        return await self._ending(finished, ONLY_TOOLS)

    async def _round(self, *, is_first: bool) -> Finished:
        try:
            finished = await self._ask()
            # A demo voice votes without having been offered anything.
            if finished.tool_calls and is_first and self._request.tools:
                await patiently(self._reply, abilities.learn, self._request.model, has_tools=True)
        except GatewayError as failure:
            if failure.code != "tools_unsupported" or not is_first or self._reply.is_answered:
                raise
            said = self._reply.text()
            # Anew: its rules tell of tools, too.
            request = await patiently(
                self._reply, request_for, self._reply.turn, said=said, may_have_tools=False
            )
            self._reply.end_call(failure.usage)
            self._request = await further(self._reply, request)
            finished = await self._ask()
            await patiently(self._reply, abilities.learn, self._request.model, has_tools=False)
        await self._add(*self._speaker.rest())
        self._cut_for = self._cut_for or self._speaker.cut_for
        return finished

    def _written_calls(self) -> tuple[ToolCall, ...]:
        """Those that a model without tools wrote into its text."""
        return tuple(call_of(marker, number) for number, marker in enumerate(self._speaker.markers))

    async def _ask(self) -> Finished:
        try:
            return await ask(
                self._reply,
                self._request,
                self._hear,
                may_ask_again=self._may_ask_again,
                others=self._others,
            )
        except _CutShort:
            # What it used up to there is told by nobody.
            return Finished("stop", Usage())

    async def _hear(self, delta: Delta) -> None:
        """Publish what the model thinks and says as it comes."""
        if isinstance(delta, TextChunk):
            await self._add(*self._speaker.say(delta.text))
            if self._speaker.cut_for is not None:
                raise _CutShort
        elif isinstance(delta, ThinkingChunk):
            await self._add(*self._speaker.think(delta.text))
        if self._reply.is_repeating():
            raise GatewayError("repetition")

    async def _add(self, thought: str, said: str) -> None:
        reply = self._reply
        # What it thinks about a secret vote is as secret.
        if thought and not (reply.turn.is_sealed or polls.is_secret_vote(reply.turn)):
            self._thoughts.add(reply, thought)
        if self._gap or not (reply.has_begun or reply.pending):
            said = said.lstrip()
        if not said:
            return
        text, self._gap = self._gap + said, ""
        reply.end_thinking()
        self._publisher.add(reply, text)
        if reply.is_held_back and not await self._publisher.begin(reply):
            raise asyncio.CancelledError

    async def _use(self, call: ToolCall, *, is_late: bool) -> Outcome:
        if is_late:
            return TOO_MANY
        self.uses += 1
        said = self._reply.reached().text + "".join(f"@{mention.name} " for mention in self._mentions)
        outcome = await patiently(
            self._reply,
            use_tool,
            self._reply.turn,
            self.uses,
            call,
            said=said,
            is_insisting=call.name in self._refused,
        )
        self.has_acted = self.has_acted or not (outcome.is_refused or outcome.is_misuse)
        if outcome.is_refused and not outcome.is_misuse:
            self._refused.add(call.name)
        self._mentions += outcome.result.mentions
        return outcome

    async def _go_on(
        self, finished: Finished, calls: tuple[ToolCall, ...], outcomes: list[Outcome], *, is_last: bool
    ) -> None:
        """The next request: what the model said and did, and what came of it."""
        reply = self._reply
        reply.end_call(finished.usage)
        said = reply.reached().text[self._begins_at :].strip()
        if not self._request.tools:
            told = _told_as_text(said, calls, outcomes)
            await self._ask_further(*told)
            return
        answers = [
            ChatMessage("tool", outcome.result.text, tool_call_id=call.id)
            for call, outcome in zip(calls, outcomes, strict=True)
        ]
        if is_last:
            answers[-1] = replace(answers[-1], content=answers[-1].content + LAST_ROUND)
        asked = ChatMessage("assistant", said, tool_calls=calls)
        await self._ask_further(asked, *answers)

    async def _ask_further(self, *messages: ChatMessage) -> None:
        request = replace(self._request, messages=(*self._request.messages, *messages))
        self._request = await further(self._reply, request)
        self._begin_answer()

    async def _ending(self, finished: Finished, if_silent: ErrorShape) -> Ending:
        reply = self._reply
        if self._mentions:
            said = reply.reached().text
            lines = await patiently(self._reply, handovers.closing_lines, reply.turn, said, self._mentions)
            self._begin_answer()
            await self._add("", lines)
        is_cut = finished.reason == "length"
        cut_for = self._cut_for or ""
        if not self._has_text:
            silence = SPOKE_FOR_OTHER if cut_for else SPENT if is_cut else if_silent
            return Ending("failed", silence, finished.usage)
        outcome = turns.Outcome(
            handovers=handovers.kept(self._mentions),
            is_handing_over_by_tool=bool(self._request.tools),
            cut_speaker=cut_for[:CUT_SPEAKER_CHARACTERS],
        )
        return Ending("done", turns.CUT_BY_LENGTH if is_cut else None, finished.usage, outcome)

    def _begin_answer(self) -> None:
        """What comes next stands in a paragraph of its own."""
        text = self._reply.reached().text
        self._begins_at = len(text)
        self._gap = "" if not text.strip() or text.endswith("\n\n") else "\n\n"
        self._speaker = self._new_speaker()

    @property
    def _has_text(self) -> bool:
        return bool(self._reply.reached().text.strip())

    @property
    def _has_spoken(self) -> bool:
        return self._has_text or bool(self._mentions)

    def _new_speaker(self) -> Speaker:
        persona = self._reply.turn.participant
        before = self._reply.reached().text
        return Speaker(
            persona.name,
            persona.title,
            others=self._present,
            keywords=() if self._request.tools else tuple(by_keyword()),
            before=before,
            is_midline=bool(before) and not self._gap and not before.endswith("\n"),
        )
