"""A prompt of 200 KB, which only the administration can write: it is cut, and the rest stands."""

from __future__ import annotations

import pytest

from llm.models import Turn
from llm.runner import Runner
from llm.tests.helpers import called, message_of
from llm.tests.scripted import DONE, ScriptedModel, texts
from rooms.database import in_database
from rooms.models import Participant
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def called_with_a_long_prompt(studio: Workshop) -> Turn:
    prompt = "You are careful. " * 12_000
    assert len(prompt) > 200_000
    Participant.objects.filter(room=studio.uuid, name="Ada").update(prompt=prompt)
    return called(studio, "@Ada what is this about?")


async def test_b02_a_prompt_of_200_kilobytes_in_the_catalogue(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    model.add(*texts("It is about tools."), DONE)
    turn = await in_database(called_with_a_long_prompt, studio)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "It is about tools."
    [request] = model.requests
    given = "\n".join(message.content for message in request.messages)
    assert len(given) < 60_000, "within the budget"
    assert "You are careful. You are careful." in given
    assert "what is this about?" in given
    assert "You are Ada. Write Ada's message" in given
