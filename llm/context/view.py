"""A persona's view of a room, read from the database for `render`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models.functions import Coalesce

from llm.context import additions
from llm.context.tokens import BYTES_A_TOKEN
from llm.context.values import Kind, Layout, Line, Speaker, Style, View
from llm.models import Turn
from llm.tools import words
from llm.tools.opt_out import may_pass
from rooms import extensions
from rooms.models import Message, Participant, Room

# Which fits every current model.
BUDGET = 12_000

# A first look at so many messages, then at four times as many, until there are enough.
_FIRST_LOOK = 256
# What a message takes at the least, its tag included.
_LEAST_TOKENS = 20
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
    everybody = list(room.participants.defer("prompt"))
    speakers = {participant.pk: _speaker(participant) for participant in everybody}
    present = [participant for participant in everybody if participant.left_at is None]
    parent = trigger.reply_to if trigger.reply_to_id else None
    return View(
        me=_speaker(me),
        prompt=me.prompt,
        room_name=room.name,
        room_description=room.description,
        roster=[speakers[participant.pk] for participant in present],
        transcript=_transcript(room, speakers, BUDGET),
        trigger=_line(trigger, speakers),
        parent=_line(parent, speakers) if parent else None,
        budget=BUDGET,
        layout=layout_for(room, turn.model, present),
        extras=additions.extras(turn),
        abilities=f"{words.rules(has_tools=has_tools)}\n{additions.abilities(turn)}",
        may_pass=has_tools and may_pass(turn.cause),
        said=said,
        style=cast(Style, me.style),
    )


def layout_for(room: Room, model: str, present: list[Participant]) -> Layout:
    """Shared-first where several personas of the room answer with `model`."""
    personas = (p for p in present if p.kind == Participant.Kind.PERSONA)
    same = sum(extensions.model_of(persona, room).name == model for persona in personas)
    return "shared-first" if same > 1 else "persona-first"


def _transcript(room: Room, speakers: Mapping[UUID, Speaker], budget: int) -> list[Line]:
    """What was said last, at least as much as `budget` tokens have room for, if there is.

    In the order in which it was finished: what streams while others speak comes in behind
    them, since its place is where its first word was, and a text put between others would be
    a change of what stood there.
    """
    said = sorted(_newest(room, budget), key=lambda row: (row[0], row[1]))
    cut_off = {Message.State.STOPPED, Message.State.FAILED}
    return [
        Line(speakers[who], text, number, answers, state in cut_off)
        for _, number, who, text, answers, state in said
    ]


def _newest(room: Room, budget: int) -> Iterator[_Row]:
    # Bare values: two hundred model objects with their participants cost 6 ms.
    rows = (
        Message.objects.filter(room=room, kind__in=(Message.Kind.CHAT, Message.Kind.POLL))
        .exclude(state=Message.State.STREAMING)
        .exclude(text="")
        .order_by("-seq")
        .values_list(
            Coalesce("finished_at", "created_at"), "seq", "participant_id", "text", "reply_to__seq", "state"
        )
    )
    looked, look, before = 0, _FIRST_LOOK, None
    while looked < budget:
        found = cast(list[_Row], list((rows if before is None else rows.filter(seq__lt=before))[:look]))
        for row in found:
            looked += _LEAST_TOKENS + len(row[3]) // BYTES_A_TOKEN
            yield row
        if len(found) < look:
            return
        before, look = found[-1][1], 4 * look


def _speaker(participant: Participant) -> Speaker:
    return Speaker(participant.name, cast(Kind, participant.kind), participant.title, participant.description)


def _line(message: Message, speakers: Mapping[UUID, Speaker]) -> Line:
    return Line(speakers[message.participant_id], message.text, message.seq or 0)
