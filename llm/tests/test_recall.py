"""What comes back of old messages. Cases are numbered in docs/memory.md."""

from __future__ import annotations

from uuid import uuid4

import pytest

from llm import memory
from llm.memory.relevance import terms_of
from llm.tests.helpers import running
from llm.tools import recall as recall_tool
from llm.tools.tool import ToolUse
from rooms.access import Seat
from rooms.errors import ParleyError
from rooms.models import Message, Room
from rooms.tests.people import Workshop

pytestmark = pytest.mark.django_db


def asked(workshop: Workshop, text: str, budget: int = 1_000, before: int | None = None) -> list[str]:
    message = Message.objects.get(pk=workshop.bob.say(workshop.id, text))
    room = Room.objects.get(pk=workshop.uuid)
    found = memory.recalled(room, message, budget, before=before)
    assert sum(r.tokens for r in found) <= budget
    assert [r.seq for r in found] == sorted(r.seq for r in found)
    return [r.text for r in found]


def chatter(workshop: Workshop, count: int = 20) -> None:
    for number in range(count):
        workshop.bob.say(workshop.id, f"Lunch number {number} was fine, and the weather too.")


def test_r01_what_is_asked_about_comes_back(workshop: Workshop) -> None:
    workshop.alice.say(workshop.id, "The staging database listens on port 8042.")
    chatter(workshop)
    assert asked(workshop, "Which port does the staging database use?") == [
        "The staging database listens on port 8042."
    ]


def test_r02_other_forms_of_a_word(workshop: Workshop) -> None:
    workshop.alice.say(workshop.id, "Decision: we are postponing the launch.")
    chatter(workshop)
    assert asked(workshop, "What was decided, is it postponed?")


def test_r03_an_answer_comes_with_its_question(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "Where is the offsite in spring?")
    workshop.alice.say(workshop.id, "Ljubljana!")
    chatter(workshop)
    assert asked(workshop, "Remind me: the offsite?")[:2] == ["Where is the offsite in spring?", "Ljubljana!"]


def test_r04_what_stands_in_the_prompt_is_not_recalled(workshop: Workshop) -> None:
    chatter(workshop)
    workshop.alice.say(workshop.id, "The password hint is walrus.")
    place = Message.objects.get(text__contains="walrus").seq
    assert asked(workshop, "walrus?", before=place) == []


def test_r05_nothing_that_matters_is_nothing(workshop: Workshop) -> None:
    chatter(workshop)
    assert asked(workshop, "Who won the chess tournament in Reykjavik?") == []
    assert asked(workshop, "And so?") == []


def test_r06_a_script_without_spaces(workshop: Workshop) -> None:
    workshop.alice.say(workshop.id, "数据库的端口是八千零四十二。")
    chatter(workshop)
    assert asked(workshop, "数据库用哪个端口?") == ["数据库的端口是八千零四十二。"]


def test_r07_a_long_message_comes_in_part(workshop: Workshop) -> None:
    workshop.alice.say(workshop.id, "word " * 1_000 + "The codename is Heron. " + "word " * 1_000)
    chatter(workshop)
    (text,) = asked(workshop, "What was the codename, Heron?")
    assert "The codename is Heron." in text
    assert len(text) < 1_000


def test_r08_the_one_who_is_called_is_not_what_is_meant() -> None:
    groups = {term.group.terms[0] for term in terms_of("@Ada which harbour?", names=["Ada"])}
    assert groups == {"harbo"}


def test_r09_nothing_is_remembered_of_a_new_room(workshop: Workshop) -> None:
    room = Room.objects.get(pk=workshop.uuid)
    assert memory.checkpoint_for(room).version == 0
    assert memory.checkpoint_for(room).text() == ""


def test_r10_a_persona_looks_it_up_by_its_tool(studio: Workshop) -> None:
    studio.alice.say(studio.id, "The staging database listens on port 8042.")
    turn = running(studio)
    use = ToolUse(turn, Seat(turn.room, turn.participant), uuid4())
    assert recall_tool.run(use, recall_tool.Recall(query="port of the database")).text.endswith(
        "] Alice: The staging database listens on port 8042."
    )
    assert "Nothing" in recall_tool.run(use, recall_tool.Recall(query="zebra")).text
    with pytest.raises(ParleyError):
        recall_tool.run(use, recall_tool.Recall(query="  "))
