"""Plays the script against the real room, dispatch, context and runner; only the model is scripted.

Each call of a model is checked when it is made: whom it is for, that it has what was said
last, and what woke it, and nothing that was never said; and it is priced, so that what the
room paid is known from the script alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from llm import asking
from llm.context.escaping import escaped
from llm.context.tokens import tokens_of
from llm.dispatch import dispatch_room
from llm.gateway.errors import GatewayError
from llm.gateway.types import Chunk, CompletionRequest, Finished, TextChunk, Usage
from llm.models import Turn as TurnRow
from llm.requests import TurnRequest
from llm.runner import Runner
from llm.tests.conversation.script import Beat, Turn
from llm.tests.helpers import seat
from llm.tests.scripted import calls
from rooms.database import in_database
from rooms.models import Message
from rooms.tests.people import Person, Workshop
from rooms.tests.tasks import until

# US dollars a token written.
PRICES = {"lab/owl": Decimal("0.001"), "lab/wren": Decimal("0.002"), "lab/crane": Decimal("0.003")}
# Who asked which model, and what it used: persona, model, tokens in, tokens out, cost.
Paid = tuple[str, str, int | None, int | None, Decimal | None]
# Of what was said last, so much stands in every prompt as it was said.
LAST_MESSAGES = 12
STATES = {"pass": "passed", "fail": "failed", "stopped": "stopped", "blocked": "blocked"}


@dataclass
class Model:
    """Stands in for the gateway: answers `turn`, the one that is played now."""

    turn: Turn | None = None
    requests: list[CompletionRequest] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(self, request: CompletionRequest) -> AsyncIterator[Chunk]:
        turn = self.turn
        assert turn is not None, "a model was asked though nobody was to speak"
        self.requests.append(request)
        size = sum(tokens_of(message.content) for message in request.messages)
        if turn.how == "fail" and turn.detail == "empty":
            yield Finished("stop", self._pay(turn, request, size, 0))
            return
        if turn.how == "fail" or (turn.how == "instead" and request.model == "lab/owl"):
            raise GatewayError(turn.detail)  # type: ignore[arg-type] # the script's codes are the taxonomy's
        if turn.how == "pass":
            *pieces, last = calls(("opt_out", {"reason": turn.text}))
            assert isinstance(last, Finished)
            for piece in pieces:
                yield piece
            yield Finished("tool_calls", self._pay(turn, request, size, 5), last.tool_calls)
            return
        first, space, rest = turn.text.partition(" ")
        yield TextChunk(first)
        yield TextChunk(space + rest)
        if turn.how == "stopped":
            self.paid.append((turn.name, request.model, None, None, None))
            self.has_begun.set()
            await asyncio.Event().wait()
        written = tokens_of(turn.text)
        if turn.how == "hands":
            name, _, task = turn.detail.partition(": ")
            *pieces, last = calls(("mention", {"names": [name], "task": task}))
            assert isinstance(last, Finished)
            for piece in pieces:
                yield piece
            yield Finished("tool_calls", self._pay(turn, request, size, written), last.tool_calls)
            return
        yield Finished("stop", self._pay(turn, request, size, written))

    def _pay(self, turn: Turn, request: CompletionRequest, size: int, written: int) -> Usage:
        cost = PRICES[request.model] * written
        self.paid.append((turn.name, request.model, size, written, cost))
        return Usage(size, written, None, cost)


class Conversation:
    """A room while the script is played in it. `said` is what must have been said by now."""

    def __init__(self, studio: Workshop, people: dict[str, Person], runner: Runner, model: Model) -> None:
        self.studio = studio
        self.people = people
        self.runner = runner
        self.model = model
        self.said: list[tuple[str, str]] = []
        self.outcomes: Counter[str] = Counter()
        self.calls_checked = 0
        self._seen: set[UUID] = set()

    async def play(self, beats: list[Beat]) -> None:
        for beat in beats:
            await in_database(self._do, beat)
            for turn in beat.turns:
                await self._take(turn)
            await self._nobody_else(beat)

    def _do(self, beat: Beat) -> None:
        person = self.people[beat.name]
        if beat.verb == "poll":
            question, *options = (part.strip() for part in beat.text.split("|"))
            answer = person.command(self.studio.id, "poll.create", question=question, options=options)
            assert answer.status == 200, answer
            return
        if beat.verb != "say":
            who = {"participant_id": str(seat(self.studio, beat.text).pk)}
            commands: dict[str, tuple[str, dict[str, Any]]] = {
                "mute": ("persona.mute", {**who, "is_muted": True}),
                "unmute": ("persona.mute", {**who, "is_muted": False}),
                "speak": ("turn.speak", who),
            }
            kind, given = commands[beat.verb]
            answer = person.command(self.studio.id, kind, **given)
            assert answer.status == 200, answer
            return
        data: dict[str, Any] = {"reply_to_id": self._last_of(beat.reply_to)} if beat.reply_to else {}
        if beat.is_quiet:
            data["is_quiet"] = True
        answer = person.command(self.studio.id, "message.post", text=beat.text, **data)
        if beat.name == "Carol":
            assert answer.code == "not_found", "a stranger says nothing here"
            return
        assert answer.status == 200, answer
        self.said.append((beat.name, beat.text))

    async def _take(self, expected: Turn) -> None:
        """The persona's turn is waiting, goes as the script says, and leads to what it says."""
        turn = await in_database(self._waiting, expected)
        if expected.how != "blocked":
            await self._run(turn, expected)
        await in_database(turn.refresh_from_db)
        where = f"{expected} came to {turn.state} {turn.error_code} {turn.error_message}"
        assert turn.state == STATES.get(expected.how, "done"), where
        if expected.how in {"fail", "blocked"}:
            assert turn.error_code == expected.detail, where
        failed = [(one["model"], one["code"]) for one in turn.failed_models]
        assert failed == ([("lab/owl", expected.detail)] if expected.how == "instead" else []), where
        self.outcomes[expected.how or "said"] += 1
        if turn.state in {"done", "stopped"} and turn.message_id is not None:
            text = await in_database(lambda: Message.objects.get(turn_id=turn.pk).text)
            assert text.startswith(expected.text), where
            self.said.append((expected.name, text))

    async def _run(self, turn: TurnRow, expected: Turn) -> None:
        self.model.turn, self.model.requests = expected, []
        if expected.how == "stopped":
            task = asyncio.create_task(self.runner.run(turn.pk))
            await self.model.has_begun.wait()
            await in_database(self._until_said, turn)
            person = self.people["Bob"]
            stop = {"turn_id": str(turn.pk)}
            answer = await in_database(lambda: person.command(self.studio.id, "turn.stop", **stop))
            assert answer.status == 200
            await until(task.done)
            self.model.has_begun = asyncio.Event()
        else:
            await self.runner.run(turn.pk)
        self.model.turn = None
        for request in self.model.requests:
            await in_database(self._check_given, turn, expected, request)

    def _until_said(self, turn: TurnRow) -> None:
        turn.refresh_from_db()
        assert turn.message_id is not None

    def _check_given(self, turn: TurnRow, expected: Turn, request: CompletionRequest) -> None:
        assert isinstance(request, TurnRequest)
        assert request.rendered is not None
        prompt = "\n".join(message.content for message in request.messages)
        first, last = request.messages[0], request.messages[-1]
        assert (first.role, last.role) == ("system", "user") or any(m.tool_calls for m in request.messages)
        assert f"You are {expected.name}. Write {expected.name}'s message" in prompt
        assert f'<trigger speaker="{self._speaker_of(turn)}"' in prompt, expected
        for name, text in self.said[-LAST_MESSAGES:]:
            assert escaped(text) in prompt, f"{expected} does not know that {name} said {text!r}"
        assert request.rendered.tokens <= request.rendered.budget
        if expected.how == "asked":
            assert f"<task>\n{expected.detail}" in prompt, prompt[-1_500:]
        if expected.how == "recalls":
            shown = [text for _, text in self.said if escaped(text) in prompt]
            assert len(shown) < len(self.said), "all of it fits: there is nothing to recall"
            assert expected.detail in prompt
        self.calls_checked += 1

    def _speaker_of(self, turn: TurnRow) -> str:
        return Message.objects.select_related("participant").get(pk=turn.trigger_message_id).participant.name

    def _waiting(self, expected: Turn) -> TurnRow:
        """The next turn, in the order in which they were recorded, is that of the script."""
        state = "blocked" if expected.how == "blocked" else "queued"
        fresh = [turn for turn in self._fresh() if turn.state == state]
        found = [turn for turn in fresh if turn.participant.name == expected.name]
        assert found, (
            f"{expected.name} was to speak, and these are woken: {[t.participant.name for t in fresh]}"
        )
        self._seen.add(found[0].pk)
        return found[0]

    def _fresh(self) -> list[TurnRow]:
        """Those who wait, or may not, since what was said last; not all turns of the room, which
        are read three hundred times."""
        dispatch_room(self.studio.uuid)
        rows = TurnRow.objects.filter(room=self.studio.uuid, state__in=("queued", "blocked"))
        rows = rows.exclude(pk__in=self._seen).select_related("participant")
        return list(rows.order_by("created_at", "id"))

    async def _nobody_else(self, beat: Beat) -> None:
        rest = [turn.participant.name for turn in await in_database(self._fresh)]
        assert not rest, f"{beat.name}: {beat.text!r} woke {rest} as well"

    def _last_of(self, name: str) -> str:
        newest = (
            Message.objects.filter(room=self.studio.uuid, participant__name=name).order_by("-seq").first()
        )
        assert newest is not None
        return str(newest.pk)


def stand_in(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The model of the conversation, in place of the gateway."""
    model = Model()
    monkeypatch.setattr(asking, "stream_completion", model.stream)
    return model
