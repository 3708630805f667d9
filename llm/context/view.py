"""A persona's view of a room, read from the database for `render`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import cast
from uuid import UUID

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce, Length

from llm.context import additions
from llm.context.past import told
from llm.context.people import everybody
from llm.context.transcript import AROUND_CHARACTERS
from llm.context.turnblock import NOTES
from llm.context.values import Kind, Layout, Line, Memory, Speaker, Style, View
from llm.memory import checkpoint_for, recalled
from llm.memory.calibration import factor_of
from llm.memory.windows import prompt_budget
from llm.models import Turn
from llm.once import once
from llm.orchestration.values import BLIND
from llm.scriptlines import Voice
from llm.tools import registry, words
from llm.tools.opt_out import may_pass
from rooms import extensions
from rooms.models import Message, Participant, Room

# A first look at so many messages, then at four times as many, until there are enough.
_FIRST_LOOK = 256
# What a message takes at the least, its tag included.
_LEAST_TOKENS = 20
_CHARACTERS_A_TOKEN = 5
# Event numbers: some dozens of messages.
_ALIGNED = 64
# When it was finished, its number, whose it is, its text, the number it answers, its state.
_Row = tuple[datetime, int, UUID, str, int | None, str]


def view_for(turn: Turn, *, said: str = "", has_tools: bool = False) -> View:
    """What `turn`'s persona sees: all that was said by now, the message that woke it marked.

    `said` is the text that it goes on from, whose message streams again and is not among
    the others.

    Up to now and not up to the trigger: a turn that waited for the persona's earlier one
    must know what it said there.
    """
    room, me, trigger = turn.room, turn.participant, turn.trigger_message
    people = everybody(room)
    speakers = {participant.pk: _speaker(participant) for participant in people}
    present = [participant for participant in people if participant.left_at is None]
    parent = trigger.reply_to if trigger.reply_to_id else None
    remembered = checkpoint_for(room)
    budget = budget_for(room, turn.model)
    # Who judges a run is shown it in another order than it went.
    blind_to = turn.run_id if turn.run_part in BLIND else None
    transcript, before = _transcript(room, speakers, budget, after=remembered.upto_seq, but_of_run=blind_to)
    return View(
        me=_speaker(me),
        prompt=me.prompt,
        room_name=room.name,
        room_description=room.description,
        roster=[speakers[participant.pk] for participant in present],
        transcript=transcript,
        before=before,
        trigger=_line(trigger, speakers),
        parent=_line(parent, speakers) if parent else None,
        budget=budget,
        layout=layout_for(room, turn.model, present),
        memory=Memory(remembered.text(), remembered.upto_seq) if remembered.version else None,
        extras=additions.extras(turn, has_tools=has_tools),
        abilities=words.rules(registry.text_forms(), has_tools=has_tools),
        may_pass=may_pass(turn.cause) and turn.ask is None and turn.run_part in {"", "speaker"},
        notes=_passes(me),
        said=said,
        task=turn.task,
        style=cast(Style, me.style),
    )


def voices_beside(turn: Turn) -> list[Voice]:
    """Who else is in the room: whom the turn's persona must not speak for."""
    others = (one for one in everybody(turn.room) if one.left_at is None and one.pk != turn.participant_id)
    return [Voice(one.name, one.title) for one in others]


def budget_for(room: Room, model: str) -> int:
    """How long a prompt for `model` may be, in tokens of `llm.context.tokens`."""
    return int(prompt_budget(room, model) / factor_of(model))


def recalled_lines(turn: Turn, *, before: int, most: int) -> list[Line]:
    """Messages placed before `before` that matter to what woke the persona, the best first, in
    about `most` tokens."""
    if most <= 0 or before <= 1:
        return []
    found = recalled(turn.room, turn.trigger_message, most, before=before)
    people = Participant.objects.in_bulk({one.participant_id for one in found})
    return [
        Line(_speaker(people[one.participant_id]), one.text, one.seq)
        for one in sorted(found, key=lambda one: -one.score)
    ]


def layout_for(room: Room, model: str, present: list[Participant]) -> Layout:
    """Shared-first where several personas of the room answer with `model`."""
    personas = (p for p in present if p.kind == Participant.Kind.PERSONA)
    same = sum(extensions.model_of(persona, room).name == model for persona in personas)
    return "shared-first" if same > 1 else "persona-first"


def _passes(me: Participant) -> list[str]:
    """What it decided not to say lately, which stands nowhere in the transcript."""
    passed = Turn.objects.filter(participant=me, state=Turn.State.PASSED).order_by("-created_at")
    found = list(passed.values_list("trigger_message__seq", "error_message")[:NOTES])
    return [f"You passed on message {number}: {reason}" for number, reason in reversed(found)]


def _transcript(
    room: Room,
    speakers: Mapping[UUID, Speaker],
    budget: int,
    *,
    after: int,
    but_of_run: UUID | None,
) -> tuple[list[Line], int]:
    """What was said last, behind the number `after`: at least as much as `budget` tokens have
    room for, if there is. And the length of what was said between.

    In the order in which it was finished: what streams while others speak comes in behind
    them, since its place is where its first word was, and a text put between others would be
    a change of what stood there.
    """
    said, is_all = _newest(room, budget, after, but_of_run)
    before = 0
    if not is_all:
        # At a number that stays for a while, so that what is before it is summed up once.
        first = -(-said[-1][1] // _ALIGNED) * _ALIGNED
        said = [row for row in said if row[1] >= first]
        before = _length_between(room.pk, after, first)
    cut_off = {Message.State.STOPPED, Message.State.FAILED}
    return [
        Line(speakers[who], text, number, answers, state in cut_off)
        for _, number, who, text, answers, state in sorted(said, key=lambda row: (row[0], row[1]))
    ], before


@once(lambda room, budget, after, but_of_run: (room.pk, budget, after, but_of_run))
def _newest(room: Room, budget: int, after: int, but_of_run: UUID | None) -> tuple[list[_Row], bool]:
    """The newest messages, the newest first, and whether these are all."""
    # Bare values: two hundred model objects with their participants cost 6 ms.
    rows = (
        told(room.pk, but_of_run)
        .filter(seq__gt=after)
        .order_by("-seq")
        .values_list(
            Coalesce("finished_at", "created_at"), "seq", "participant_id", "text", "reply_to__seq", "state"
        )
    )
    found: list[_Row] = []
    looked, look = 0, _FIRST_LOOK
    while looked < budget:
        page = rows.filter(seq__lt=found[-1][1]) if found else rows
        more = cast(list[_Row], list(page[:look]))
        found += more
        looked += sum(_LEAST_TOKENS + len(row[3]) // _CHARACTERS_A_TOKEN for row in more)
        if len(more) < look:
            return found, True
        look *= 4
    return found, False


@lru_cache(maxsize=512)
def _length_between(room_id: UUID, after: int, before: int) -> int:
    """In the measure of `transcript.length_of`. A message that is edited later moves a milestone
    here and there, and nothing else."""
    past = told(room_id).filter(seq__gt=after, seq__lt=before)
    summed = past.aggregate(count=Count("pk"), length=Sum(Length("text")))
    return AROUND_CHARACTERS * int(summed["count"]) + int(summed["length"] or 0)


def _speaker(participant: Participant) -> Speaker:
    return Speaker(participant.name, cast(Kind, participant.kind), participant.title, participant.description)


def _line(message: Message, speakers: Mapping[UUID, Speaker]) -> Line:
    return Line(speakers[message.participant_id], message.text, message.seq or 0)
