"""Looking into the index. Whoever calls this has checked access to the room."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from rooms.models import Message, Room
from rooms.search.index import POSTGRES_FUNCTION, ROOM_SPAN, SPACES, WORDS
from rooms.search.terms import Group

_MOST = ROOM_SPAN - 1


def find(
    room: Room, groups: Sequence[Group], *, before: int | None = None, by: UUID | None = None, limit: int
) -> list[Message]:
    """Up to `limit` messages of the room with all `groups` in them, placed before `before`, the newest first;
    with `by`, those of that participant alone."""
    if not groups:
        return []
    found: list[Message] = []
    while len(found) < limit:
        # Only whoever looks for one participant's is given fewer, and asks again.
        places = places_of_all(room, groups, before=before, limit=limit if by is None else limit * 8)
        if not places:
            break
        rows = Message.objects.filter(room=room, seq__in=places)
        found += (rows if by is None else rows.filter(participant_id=by)).order_by("-seq")
        before = places[-1]
    return found[:limit]


def places_of_all(room: Room, groups: Sequence[Group], *, before: int | None, limit: int) -> list[int]:
    """The places of messages with all `groups` in them, the newest first."""
    return _read(room, [list(groups)], before=before, limit=limit)[0]


def places_of_each(room: Room, groups: Sequence[Group], *, before: int | None, limit: int) -> list[list[int]]:
    """For each of `groups` the places of the newest `limit` messages with it, the newest first."""
    return _read(room, [[group] for group in groups], before=before, limit=limit)


def _read(
    room: Room, queries: Sequence[Sequence[Group]], *, before: int | None, limit: int
) -> list[list[int]]:
    read = _read_sqlite if connection.vendor == "sqlite" else _read_postgresql
    return read(room.pk, queries, _MOST if before is None else before, limit)


def _read_sqlite(
    room_id: UUID, queries: Sequence[Sequence[Group]], before: int, limit: int
) -> list[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number FROM {SPACES} WHERE room_id = %s", [room_id.hex])
        row = cursor.fetchone()
        if row is None:
            return [[] for _ in queries]
        base = row[0] * ROOM_SPAN
        found = []
        for query in queries:
            text = " AND ".join(f'"{" ".join(g.terms)}"{" *" if g.is_prefix else ""}' for g in query)
            cursor.execute(
                f"SELECT rowid FROM {WORDS} WHERE {WORDS} MATCH %s AND rowid >= %s AND rowid < %s"
                " ORDER BY rowid DESC LIMIT %s",
                [text, base, base + before, limit],
            )
            found.append([rowid - base for (rowid,) in cursor.fetchall()])
        return found


_POSTGRES = f"""
WITH found AS MATERIALIZED (
    SELECT room_id, seq FROM rooms_message WHERE {POSTGRES_FUNCTION}(room_id, text) @@ %s::tsquery
    AND seq IS NOT NULL AND state <> 'streaming' AND kind = 'chat'
) SELECT seq FROM found WHERE room_id = %s AND seq < %s ORDER BY seq DESC LIMIT %s
"""


def _read_postgresql(
    room_id: UUID, queries: Sequence[Sequence[Group]], before: int, limit: int
) -> list[list[int]]:
    found = []
    with connection.cursor() as cursor:
        for query in queries:
            # The room is one of the terms: the index alone answers, also where others have many matches.
            text = " & ".join([f"'room{room_id.hex}'", *(f"({_phrase(group)})" for group in query)])
            cursor.execute(_POSTGRES, [text, room_id, before, limit])
            found.append([seq for (seq,) in cursor.fetchall()])
    return found


def _phrase(group: Group) -> str:
    """Terms hold no sign that could be a quotation mark or a backslash: `terms.SEPARATORS` has them."""
    return " <-> ".join(f"'{term}'" for term in group.terms) + (":*" if group.is_prefix else "")
