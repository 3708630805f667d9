"""The versions of a room's memory, and what people correct in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID, uuid4

from django.db.models import Max

from llm.memory import lines as memory_lines
from llm.memory.checkpoints import checkpoint_for
from llm.memory.lines import Action, Change, Line
from llm.memory.protocol import MemoryChanged, MemoryMark
from llm.models import Checkpoint, Correction
from rooms import eventlog
from rooms.access import Seat
from rooms.errors import ParleyError, not_found
from rooms.models import Message, Room

# People's own lines are never folded away unless they are more than there is room for.
PEOPLES_LINES_MOST = 100
CITES_MOST = 12
VERSIONS_KEPT = 50


def write_version(room: Room, lines: Sequence[Line], *, upto_seq: int, model: str) -> Checkpoint:
    """The next version of the room's memory. In the caller's eventlog.transaction()."""
    # One at a time: versions are numbered, and each is made from the one before.
    Room.objects.select_for_update(no_key=True).get(pk=room.pk)
    last = Checkpoint.objects.filter(room=room).aggregate(last=Max("version"))["last"] or 0
    version = Checkpoint.objects.create(
        room=room,
        version=last + 1,
        upto_seq=upto_seq,
        lines=[line.as_json() for line in lines],
        model=model,
    )
    Checkpoint.objects.filter(room=room, version__lte=last + 1 - VERSIONS_KEPT).delete()
    eventlog.append(room.pk, MemoryChanged(memory=mark_of(version)))
    return version


def mark_of(version: Checkpoint) -> MemoryMark:
    return MemoryMark(
        version=version.version,
        upto_seq=version.upto_seq,
        line_count=len(version.lines),
        changed_at=version.created_at,
    )


def changes_of(room: Room) -> list[Change]:
    """What people corrected, in order."""
    rows = Correction.objects.filter(room=room).order_by("pk")
    return [
        Change(row.line_id, cast(Action, row.action), row.text, tuple(row.cites), row.by_id) for row in rows
    ]


def add_line(*, by: Seat, text: str, cites: Sequence[UUID]) -> UUID:
    """Have the room remember something, from the messages `cites` where it comes from some.

    Raises `invalid` for a text with nothing in it, a message of another room, or a memory that is full.
    """
    cited = Message.objects.filter(room=by.room, pk__in=cites, seq__isnull=False)
    places = sorted(seq for seq in cited.values_list("seq", flat=True) if seq is not None)
    if len(places) != len(set(cites)):
        sentence = "A message that this line comes from is not in this room."
        raise ParleyError("invalid", sentence, fields={"cites": "not in this room"})
    change = Change(uuid4(), "add", _checked(text), tuple(places), by.participant.pk)
    _correct(by, change)
    return change.line_id


def edit_line(*, by: Seat, line_id: UUID, text: str) -> None:
    """Have the room remember a line otherwise. Raises `not_found`, `invalid`."""
    _correct(by, Change(line_id, "edit", _checked(text), (), by.participant.pk))


def remove_line(*, by: Seat, line_id: UUID) -> None:
    """Have the room forget a line. Raises `not_found`."""
    _correct(by, Change(line_id, "remove", "", (), by.participant.pk))


def _correct(by: Seat, change: Change) -> None:
    with eventlog.transaction():
        # Before the memory is read: two corrections at once would both start from the same version.
        Room.objects.select_for_update(no_key=True).get(pk=by.room.pk)
        now = checkpoint_for(by.room)
        known = next((line for line in now.lines if line.id == change.line_id), None)
        if known is None and change.action != "add":
            raise not_found()
        own = sum(line.origin == "person" for line in now.lines)
        if (
            (known is None or known.origin != "person")
            and own >= PEOPLES_LINES_MOST
            and change.action != "remove"
        ):
            sentence = f"People may have the room remember {PEOPLES_LINES_MOST} lines. Remove one first."
            raise ParleyError("invalid", sentence, fields={"text": "too many lines"})
        Correction.objects.create(
            room=by.room,
            line_id=change.line_id,
            action=change.action,
            text=change.text,
            cites=list(known.cites if known else change.cites),
            by=by.participant,
        )
        lines = memory_lines.corrected(now.lines, [change])
        write_version(by.room, lines, upto_seq=now.upto_seq, model=_model_of(by.room))


def _model_of(room: Room) -> str:
    newest = Checkpoint.objects.filter(room=room).order_by("-version").values_list("model", flat=True)
    return newest.first() or ""


def _checked(text: str) -> str:
    line = " ".join(text.split())
    if not line or not line.isprintable() or len(line) > memory_lines.LINE_CHARACTERS:
        sentence = f"A line has 1 to {memory_lines.LINE_CHARACTERS} visible characters."
        raise ParleyError("invalid", sentence, fields={"text": "not a line"})
    return line
