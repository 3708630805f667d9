"""Plays the script against the real room, dispatch, context, memory and runner; only the model is scripted.

Each call of a model is checked when it is made: whom it is for, that it has what was said
last, and what woke it, and nothing that was never said; and it is priced, so that what the
room paid is known from the script alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

from llm import memory
from llm.context.escaping import escaped
from llm.dispatch import dispatch_room
from llm.gateway.types import CompletionRequest
from llm.memory import summarising
from llm.models import Turn as TurnRow
from llm.requests import TurnRequest
from llm.runner import Runner
from llm.tests.conversation.doings import do, newest_poll
from llm.tests.conversation.model import Model
from llm.tests.conversation.script import Beat, Turn
from rooms import livetext
from rooms.database import in_database
from rooms.models import Ballot, Message, Poll, Room
from rooms.tests.people import Person, Workshop
from rooms.tests.tasks import until

# Of what was said last, so much stands in every prompt as it was said.
LAST_MESSAGES = 12
STATES = {
    "pass": "passed",
    "fail": "failed",
    "stopped": "stopped",
    "blocked": "blocked",
    "waits": "queued",
}


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
        # The number up to which the room's memory stands for what was said.
        self.folded = 0
        self._seen: set[UUID] = set()
        self._waits: set[UUID] = set()

    async def play(self, beats: list[Beat]) -> None:
        for beat in beats:
            if beat.verb == "fold":
                await self._fold(beat.text)
            else:
                await in_database(self._do, beat)
            for turn in beat.turns:
                await self._take(turn)
            await self._nobody_else(beat)

    def _do(self, beat: Beat) -> None:
        person = self.people[beat.name]
        if beat.verb != "say":
            do(self.studio, person, beat)
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

    async def _fold(self, notes: str) -> None:
        """A worker sums up what was said long ago; its model keeps nothing but `notes`."""
        self.model.notes = notes
        assert await summarising.compact(self.studio.uuid)
        room = await in_database(Room.objects.get, pk=self.studio.uuid)
        self.folded = (await in_database(memory.checkpoint_for, room)).upto_seq

    async def _take(self, expected: Turn) -> None:
        """The persona's turn is waiting, goes as the script says, and leads to what it says."""
        turn = await in_database(self._waiting, expected)
        if expected.how not in {"blocked", "waits"}:
            await self._run(turn, expected)
        await in_database(turn.refresh_from_db)
        where = f"{expected} came to {turn.state} {turn.error_code} {turn.error_message}"
        assert turn.state == STATES.get(expected.how, "done"), where
        if expected.how in {"fail", "blocked"}:
            assert turn.error_code == expected.detail, where
        failed = [(one["model"], one["code"]) for one in turn.failed_models]
        assert failed == ([("lab/owl", expected.detail)] if expected.how == "instead" else []), where
        self.outcomes[expected.detail if expected.how == "blocked" else expected.how or "said"] += 1
        if expected.how == "votes":
            await in_database(self._has_voted, turn, expected)
        if expected.how == "asks":
            await in_database(self._has_asked, turn, expected)
        if turn.state in {"done", "stopped"} and turn.message_id is not None:
            text = await in_database(lambda: Message.objects.get(turn_id=turn.pk).text)
            assert text.startswith(expected.text), where
            self.said.append((expected.name, text))

    async def _run(self, turn: TurnRow, expected: Turn) -> None:
        self.model.turn, self.model.requests = expected, []
        if expected.how in {"votes", "reads"}:
            self.model.poll = (await in_database(newest_poll, self.studio)).message.seq or 0
        if expected.how == "stopped":
            task = asyncio.create_task(self.runner.run(turn.pk))
            await self.model.has_begun.wait()
            await self._until_seen(turn, expected.text)
            person = self.people["Bob"]
            stop = {"turn_id": str(turn.pk)}
            answer = await in_database(lambda: person.command(self.studio.id, "turn.stop", **stop))
            assert answer.status == 200
            await until(task.done)
            self.model.has_begun = asyncio.Event()
        else:
            await self.runner.run(turn.pk)
        self.model.turn = None
        if expected.how == "reads":
            assert expected.detail in self.model.requests[1].messages[-1].content
        for request in self.model.requests:
            await in_database(self._check_given, turn, expected, request)

    async def _until_seen(self, turn: TurnRow, text: str) -> None:
        """What a stop keeps is what people have seen, and the model is ahead of that."""
        await in_database(turn.refresh_from_db)
        message_id = turn.message_id
        assert message_id is not None
        await until(lambda: (seen := livetext.read(message_id)) and seen.text == text)

    def _has_voted(self, turn: TurnRow, expected: Turn) -> None:
        """Counted, and said to nobody."""
        ballot = Ballot.objects.get(poll=newest_poll(self.studio), participant=turn.participant)
        assert (ballot.choices, ballot.reason) == ([int(expected.detail) - 1], expected.text)
        assert turn.message_id is None

    def _has_asked(self, turn: TurnRow, expected: Turn) -> None:
        poll = Poll.objects.get(turn_id=turn.pk)
        assert " | ".join([poll.message.text.partition("\n")[0], *poll.options]) == expected.detail

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
        if expected.how in {"given", "votes"}:
            assert (expected.detail if expected.how == "given" else "You are asked to vote.") in prompt
        if self.folded:
            self._check_folded(request, prompt)
        if expected.how == "recalls":
            shown = [text for _, text in self.said if escaped(text) in prompt]
            assert len(shown) < len(self.said), "all of it fits: there is nothing to recall"
            assert expected.detail in prompt
        self.calls_checked += 1

    def _check_folded(self, request: TurnRequest, prompt: str) -> None:
        """The memory's lines stand for what was folded, and none of that stands there any more, but
        for what was recalled or is answered."""
        assert request.rendered is not None
        assert all(line in prompt for line in self.model.lines)
        assert all(number > self.folded for number in request.rendered.verbatim)
        said = Message.objects.filter(room=self.studio.uuid, kind=Message.Kind.CHAT)
        shown = (*request.rendered.recalled, *request.rendered.verbatim)
        still = set(said.filter(seq__in=shown).values_list("text", flat=True))  # some say the same again
        gone = set(said.filter(seq__lte=self.folded).values_list("text", flat=True)) - still
        assert len(gone) > 200
        assert [text for text in gone if escaped(text) in prompt] == []

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
        (self._waits if expected.how == "waits" else self._seen).add(found[0].pk)
        return found[0]

    def _fresh(self) -> list[TurnRow]:
        """Those who wait, or may not, since what was said last; not all turns of the room, which
        are read three hundred times."""
        dispatch_room(self.studio.uuid)
        rows = TurnRow.objects.filter(room=self.studio.uuid, state__in=("queued", "blocked"))
        rows = rows.exclude(pk__in=self._seen).select_related("participant")
        return list(rows.order_by("created_at", "id"))

    async def _nobody_else(self, beat: Beat) -> None:
        fresh = await in_database(self._fresh)
        rest = [turn.participant.name for turn in fresh if turn.pk not in self._waits]
        assert not rest, f"{beat.name}: {beat.text!r} woke {rest} as well"

    def _last_of(self, name: str) -> str:
        newest = (
            Message.objects.filter(room=self.studio.uuid, participant__name=name).order_by("-seq").first()
        )
        assert newest is not None
        return str(newest.pk)
