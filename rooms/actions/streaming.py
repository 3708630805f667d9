"""A message that is written while everybody watches: begun, checkpointed, finished, resumed.

The caller (an upper app's turn) owns `fence`; each write is conditional on it and on the
message still streaming, so that a late or second writer changes nothing. All return
whether they changed something, and must run inside the caller's transaction together
with the caller's own conditional update.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from rooms import eventlog
from rooms.livetext import LiveText
from rooms.models import Message, Participant
from rooms.protocol.events import MessageFinished, MessagePosted, MessageResumed
from rooms.protocol.shapes import ErrorShape
from rooms.shaping import message_shape

FinalState = Literal["complete", "stopped", "failed"]


def begin_message(
    *, by: Participant, message_id: UUID, turn_id: UUID, fence: int, text: str, reply_to_id: UUID | None
) -> Message:
    """The message exists from its first visible text, which is delta 0."""
    with eventlog.transaction():
        message = Message.objects.create(
            pk=message_id,
            room_id=by.room_id,
            participant=by,
            text=text,
            state=Message.State.STREAMING,
            reply_to_id=reply_to_id,
            turn_id=turn_id,
            fence=fence,
            index=0,
            created_at=timezone.now(),
        )
        eventlog.append(by.room_id, MessagePosted(message=message_shape(message)), places=message.pk)
        return message


def reveal_message(*, by: Participant, message_id: UUID, turn_id: UUID, text: str) -> Message:
    """A message that nobody could watch being written: it comes as a whole, here."""
    now = timezone.now()
    with eventlog.transaction():
        message = Message.objects.create(
            pk=message_id,
            room_id=by.room_id,
            participant=by,
            text=text,
            turn_id=turn_id,
            created_at=now,
            finished_at=now,
        )
        eventlog.append(by.room_id, MessagePosted(message=message_shape(message)), places=message.pk)
        return message


def checkpoint_messages(reached: Mapping[UUID, LiveText]) -> set[UUID]:
    """Keep the texts so far for when Redis goes, in one transaction. Returns the messages whose text is
    kept. Appends no event."""
    with transaction.atomic():
        # Whoever holds one is ending it, and may wait for another of these.
        free = Message.objects.filter(pk__in=reached, state=Message.State.STREAMING).order_by()
        free = free.select_for_update(skip_locked=True, no_key=True)
        return {id_ for id_ in free.values_list("pk", flat=True) if _checkpoint(id_, reached[id_])}


def _checkpoint(message_id: UUID, reached: LiveText) -> bool:
    # Two checkpoints may overtake each other on their threads: never back.
    behind = Message.objects.filter(pk=message_id, fence=reached.fence, index__lte=reached.index)
    behind = behind.filter(state=Message.State.STREAMING)
    return bool(behind.update(text=reached.text, index=reached.index))


def finish_message(
    *, message_id: UUID, fence: int, text: str, index: int, state: FinalState, error: ErrorShape | None = None
) -> bool:
    """The last text. From here on the message is like any other."""
    with eventlog.transaction():
        changed = Message.objects.filter(
            pk=message_id, fence__lte=fence, state=Message.State.STREAMING, seq__isnull=False
        ).update(
            text=text,
            index=index,
            fence=fence,
            state=state,
            finished_at=timezone.now(),
            error_code=error.code if error else "",
            error_message=error.message if error else "",
        )
        if changed:
            message = Message.objects.get(pk=message_id)
            eventlog.append(message.room_id, MessageFinished(message=message_shape(message)))
        return bool(changed)


def resume_message(*, message_id: UUID, turn_id: UUID, fence: int) -> bool:
    """A finished message goes on, with its text so far: `fence` must be above its own."""
    with eventlog.transaction():
        changed = (
            Message.objects.filter(pk=message_id, fence__lt=fence)
            .exclude(state=Message.State.STREAMING)
            .update(
                state=Message.State.STREAMING,
                turn_id=turn_id,
                fence=fence,
                finished_at=None,
                error_code="",
                error_message="",
            )
        )
        if changed:
            message = Message.objects.get(pk=message_id)
            eventlog.append(message.room_id, MessageResumed(message=message_shape(message)))
        return bool(changed)
