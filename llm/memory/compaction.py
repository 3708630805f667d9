"""Folding the old messages of a room into its memory, in the background.

1. `look` says whether it is due: three quarters of the budget are used. A sweep asks: no message waits.
2. `begin` claims the room for one worker by a conditional update, while none of its personas is at work.
3. Each range of messages is summarised once, into a chunk that is never changed.
4. `publish` makes the next version of the memory from chunks and corrections, again only while nobody is at
   work: a chain of turns reads one memory from beginning to end.

Whoever is lost on the way loses nothing but its lease: chunks stay, and the sweep sends the room again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now

from llm.memory import lines as memory_lines
from llm.memory.budget import MEMORY_SHARE
from llm.memory.checkpoints import checkpoint_for
from llm.memory.lines import Line
from llm.memory.plan import Told, fold_upto, is_due, ranges
from llm.memory.salience import Said
from llm.memory.tokens import estimate
from llm.memory.windows import room_budget
from llm.memory.writing import changes_of, write_version
from llm.models import Chunk, RoomMemory, Turn
from rooms import eventlog
from rooms.models import Message, Room

# Around each message in a prompt.
AROUND_TOKENS = 16
# A room is looked at again after so many events.
LOOK_EVENTS = 40
# Longer than the summary of one range may take.
LEASE_SECONDS = 90
# Where personas are at work, it is tried again after this.
PAUSE_SECONDS = 5
# Messages and chunks that one run reads at the most: what is older was folded before, or is found by search.
MESSAGES_MOST = 5_000
CHUNKS_MOST = 400

_OPEN = (Turn.State.QUEUED, Turn.State.RUNNING)


@dataclass(frozen=True)
class Job:
    """A room that is ours to fold, up to `upto`; `ranges` are still to be summarised."""

    room: Room
    fence: int
    upto: int
    budget: int
    ranges: tuple[tuple[int, int], ...]


def look(room_id: UUID) -> bool:
    """Whether the room should be folded; noted, so that the sweep sees to it."""
    room = Room.objects.get(pk=room_id)
    memory, _ = RoomMemory.objects.get_or_create(room=room)
    remembered = checkpoint_for(room)
    told = sum(message.tokens for message in _told(room, remembered.upto_seq))
    due = is_due(remembered.tokens(), told, room_budget(room))
    with transaction.atomic():
        RoomMemory.objects.filter(pk=memory.pk).update(
            looked_seq=room.head_seq, due_at=Coalesce("due_at", Now()) if due else None
        )
    return due


def rooms_to_look_at(most: int = 20) -> list[UUID]:
    """Rooms in which enough has happened since they were looked at."""
    looked = RoomMemory.objects.filter(room=OuterRef("pk")).values("looked_seq")
    rooms = Room.objects.filter(archived_at=None).annotate(looked=Coalesce(Subquery(looked), 0))
    grown = rooms.filter(head_seq__gt=F("looked") + LOOK_EVENTS)
    return list(grown.order_by().values_list("pk", flat=True)[:most])


def rooms_due(most: int = 20) -> list[UUID]:
    """Rooms that should be folded now and that nobody folds."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    return list(
        RoomMemory.objects.filter(free, due_at__lt=Now())
        .order_by("due_at")
        .values_list("pk", flat=True)[:most]
    )


def postpone(room_id: UUID) -> bool:
    """Take a due room out of the next sweeps. False where somebody else has."""
    with transaction.atomic():
        due = RoomMemory.objects.filter(pk=room_id, due_at__lt=Now())
        return bool(due.update(due_at=_pause()))


def begin(room_id: UUID) -> Job | None:
    """Claim the room and say what is to be done. None where there is nothing to do, or somebody does it, or
    one of its personas is at work."""
    RoomMemory.objects.get_or_create(room_id=room_id)
    if _is_at_work(room_id):
        _again(room_id)
        return None
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    with transaction.atomic():
        if not RoomMemory.objects.filter(free, pk=room_id).update(fence=F("fence") + 1, lease_until=_lease()):
            return None
        fence = RoomMemory.objects.values_list("fence", flat=True).get(pk=room_id)
    room = Room.objects.get(pk=room_id)
    remembered = checkpoint_for(room)
    told = _told(room, remembered.upto_seq)
    budget = room_budget(room)
    upto = fold_upto(told, budget)
    if upto is None or not is_due(remembered.tokens(), sum(m.tokens for m in told), budget):
        _release(room_id, fence)
        return None
    last = Chunk.objects.filter(room=room).aggregate(last=Max("last_seq"))["last"] or 0
    new = [message for message in told if last < message.place <= upto]
    return Job(room, fence, upto, budget, tuple(ranges(new)))


def messages_of(job: Job, first: int, last: int) -> list[Said]:
    """What was said in a range, as a summary is made from it."""
    rows = _chat(job.room).filter(seq__gte=first, seq__lte=last).order_by("seq")
    return [
        Said(seq or 0, name, text) for seq, name, text in rows.values_list("seq", "participant__name", "text")
    ]


def keep_chunk(job: Job, first: int, last: int, chunk_id: UUID, lines: Sequence[Line], model: str) -> bool:
    """Keep a range's summary, once and for all. False where the room is not ours any more."""
    with transaction.atomic():
        if not _owned(job).update(lease_until=_lease()):
            return False
        try:
            with transaction.atomic():
                Chunk.objects.create(
                    pk=chunk_id,
                    room=job.room,
                    first_seq=first,
                    last_seq=last,
                    lines=[line.as_json() for line in lines],
                    model=model,
                )
        except IntegrityError:
            pass  # somebody was before us: theirs stays
        return True


def publish(job: Job) -> bool:
    """Make the memory up to `job.upto` the room's. False where it is not ours any more, or a persona has
    begun to work meanwhile: then later, from the same chunks."""
    with eventlog.transaction():
        if not _owned(job).update(lease_until=None, due_at=None):
            return False
        if _is_at_work(job.room.pk):
            RoomMemory.objects.filter(pk=job.room.pk).update(due_at=_pause())
            return False
        chunks = Chunk.objects.filter(room=job.room, last_seq__lte=job.upto).order_by("-first_seq")
        newest = list(chunks.values_list("lines", "model")[:CHUNKS_MOST])
        lines = [line for stored, _ in reversed(newest) for line in memory_lines.from_json(stored)]
        corrected = memory_lines.corrected(lines, changes_of(job.room))
        kept = memory_lines.fold(corrected, int(MEMORY_SHARE * job.budget))
        model = next((name for _, name in newest if name), "")
        write_version(job.room, kept, upto_seq=job.upto, model=model)
        return True


def give_up(job: Job) -> None:
    """Something failed: somebody else may, after a while."""
    with transaction.atomic():
        _owned(job).update(lease_until=None, due_at=Now() + timedelta(seconds=6 * PAUSE_SECONDS))


def new_chunk_id() -> UUID:
    return uuid4()


def _told(room: Room, after: int) -> list[Told]:
    """What is told as it is: the messages after `after`, oldest first."""
    rows = Message.objects.filter(room=room, kind=Message.Kind.CHAT, seq__gt=after).order_by("-seq")
    newest = list(rows.values_list("seq", "text", "state")[:MESSAGES_MOST])
    return [
        Told(seq, estimate(text) + AROUND_TOKENS, state != Message.State.STREAMING)
        for seq, text, state in reversed(newest)
        if seq is not None
    ]


def _chat(room: Room) -> QuerySet[Message]:
    return Message.objects.filter(room=room, kind=Message.Kind.CHAT).exclude(text="")


def _is_at_work(room_id: UUID) -> bool:
    return Turn.objects.filter(room_id=room_id, state__in=_OPEN).exists()


def _owned(job: Job) -> QuerySet[RoomMemory]:
    return RoomMemory.objects.filter(pk=job.room.pk, fence=job.fence, lease_until__gte=Now())


def _release(room_id: UUID, fence: int) -> None:
    with transaction.atomic():
        RoomMemory.objects.filter(pk=room_id, fence=fence).update(lease_until=None, due_at=None)


def _again(room_id: UUID) -> None:
    with transaction.atomic():
        RoomMemory.objects.filter(pk=room_id).update(due_at=_pause())


def _lease() -> CombinedExpression:
    return Now() + timedelta(seconds=LEASE_SECONDS)


def _pause() -> CombinedExpression:
    return Now() + timedelta(seconds=PAUSE_SECONDS)
