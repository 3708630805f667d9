"""A persona's view of a room, read from the database for `render`."""

from __future__ import annotations

from typing import cast

from llm.context.render import Kind, Line, Speaker, Style, View
from llm.models import Turn
from rooms.models import Message, Participant

# About 12,000 tokens, which fits every current model.
TRANSCRIPT_CHARACTERS = 48_000
TRANSCRIPT_MESSAGES = 200


def view_for(turn: Turn, *, said: str = "") -> View:
    """What `turn`'s persona sees: all that was said by now, the message that woke it last.

    `said` is the text that it goes on from, whose message streams again and is not among
    the others.

    Up to now and not up to the trigger: a turn that waited for the persona's earlier one
    must know what it said there.
    """
    room, me, trigger = turn.room, turn.participant, turn.trigger_message
    everybody = list(room.participants.all())
    speakers = {participant.pk: _speaker(participant) for participant in everybody}
    # Bare values: two hundred model objects with their participants cost 6 ms.
    earlier = (
        Message.objects.filter(room=room, kind=Message.Kind.CHAT)
        .exclude(pk=trigger.pk)
        .exclude(state=Message.State.STREAMING)
        .exclude(text="")
        .order_by("-seq")
        .values_list("participant_id", "text")[:TRANSCRIPT_MESSAGES]
    )
    return View(
        me=_speaker(me),
        prompt=me.prompt,
        room_name=room.name,
        room_description=room.description,
        roster=[speakers[p.pk] for p in everybody if p.left_at is None],
        transcript=[Line(speakers[who], text) for who, text in reversed(earlier)],
        trigger=_line(trigger, trigger.reply_to),
        characters=TRANSCRIPT_CHARACTERS,
        said=said,
        style=cast(Style, me.style),
    )


def _speaker(participant: Participant) -> Speaker:
    return Speaker(participant.name, cast(Kind, participant.kind), participant.title)


def _line(message: Message, reply_to: Message | None = None) -> Line:
    quoted = _line(reply_to) if reply_to else None
    return Line(_speaker(message.participant), message.text, quoted)
