"""The read path of the lobby: which rooms somebody sees, and a glimpse of who is in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from rooms.models import Participant, Room
from rooms.viewers import Viewer

# Faces of a room that are given; the rest is a number.
FACES = 8


@dataclass
class Crowd:
    """Who is in a room: the first `FACES` of them, and how many there are."""

    first: list[Participant] = field(default_factory=list)
    people: int = 0
    personas: int = 0


def listed_rooms(
    viewer: Viewer, *, text: str = "", is_archived: bool = False, is_member: bool = False
) -> QuerySet[Room]:
    """The viewer's rooms and the public ones, annotated with `has_seat`.

    `is_archived`: their archived ones instead. `is_member`: only their own. `text` is looked
    for in a room's name, its description and the names in it, without regard to case (on
    SQLite, of ASCII letters).
    """
    present = Participant.objects.filter(room=OuterRef("pk"), left_at=None)
    rooms = Room.objects.annotate(has_seat=Exists(present.filter(**viewer.seat_filter)))
    rooms = rooms.filter(archived_at__isnull=not is_archived)
    if is_archived or is_member:
        rooms = rooms.filter(has_seat=True)
    else:
        rooms = rooms.filter(Q(has_seat=True) | Q(visibility=Room.Visibility.PUBLIC))
    if text:
        named = Exists(present.filter(name__icontains=text))
        rooms = rooms.filter(Q(name__icontains=text) | Q(description__icontains=text) | named)
    return rooms


def crowds(room_ids: Collection[UUID]) -> dict[UUID, Crowd]:
    """Every room's crowd: one query, of at most `FACES` rows a room, however full they are."""
    found = {room_id: Crowd() for room_id in room_ids}
    is_persona = Q(kind=Participant.Kind.PERSONA)
    first = (
        Participant.objects.filter(room_id__in=room_ids, left_at=None)
        .annotate(
            place=Window(RowNumber(), partition_by="room_id", order_by=("joined_at", "id")),
            everybody=Window(Count("pk"), partition_by="room_id"),
            personas=Window(Count("pk", filter=is_persona), partition_by="room_id"),
        )
        .filter(place__lte=FACES)
        .annotate(people=F("everybody") - F("personas"))
        .order_by("joined_at", "id")
    )
    for participant in first:
        crowd = found[participant.room_id]
        crowd.first.append(participant)
        crowd.people, crowd.personas = participant.people, participant.personas
    return found
