"""What a page of messages costs does not grow with what was said before it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from llm.shaping import turns_of
from llm.tests.helpers import speaking
from rooms.models import Room
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what there is")
def test_the_turns_of_a_page_are_found_by_their_indexes(studio: Workshop) -> None:
    turn = speaking(studio)
    room = Room.objects.get(pk=studio.id)
    messages = list(room.messages.all())
    with CaptureQueriesContext(connection) as captured:
        assert [shape.id for shape in turns_of(room, messages)] == [turn.pk]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}")
        searches = [row[3] for row in cursor.fetchall() if "llm_turn" in row[3]]
    assert all(search.startswith("SEARCH") for search in searches), searches
    conditions = sorted(search.partition("(")[2] for search in searches)
    assert conditions == ["room_id=? AND message_id=?)", "state=? AND room_id=?)", "trigger_message_id=?)"]
