"""A reply that begins to speak for somebody else ends there. Cases: docs/tools.md."""

from __future__ import annotations

import pytest

from llm.gateway.types import TextChunk
from llm.models import Turn, UsageEntry
from llm.runner import Runner
from llm.tests.helpers import dispatched, message_of
from llm.tests.scripted import DONE, ScriptedModel, seen_text, texts
from rooms.database import in_database
from rooms.models import Message
from rooms.tests.people import Json, Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


async def test_a_reply_that_speaks_for_another_is_cut_there_and_recorded(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], studio: Workshop
) -> None:
    step = model.add(*texts("I would wait.\n\nB", "ob", ": I agree, ", "@Bo.\n\nAda: Good."), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text.rstrip(), message.state) == ("I would wait.", "complete")
    assert (turn.state, turn.cut_speaker, turn.error_code) == ("done", "Bob", "")
    assert step.was_closed.is_set()
    assert "Bob" not in seen_text(broadcasts)
    usage = await in_database(UsageEntry.objects.get, turn=turn)
    assert (usage.input_tokens, usage.cost_usd) == (None, None), "not told, not 0"
    last = [event for event in broadcasts if event["type"] == "turn.changed"][-1]
    assert last["data"]["turn"]["cut_speaker"] == "Bob"
    assert len(await in_database(dispatched, studio)) == 1, "what was cut wakes nobody"


async def test_a_reply_of_nothing_but_anothers_words_ends_in_a_sentence(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json]
) -> None:
    model.add(TextChunk("Bob: I agree."), DONE)
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.error_code, turn.message_id) == ("failed", "spoke_for_other", None)
    assert not await in_database(Message.objects.filter(turn_id=turn.pk).exists)


async def test_a_reply_of_nothing_but_anothers_name_ends_in_a_sentence(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(*texts("Bo", "b", ":"), DONE)
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.error_code) == ("failed", "spoke_for_other")


async def test_a_script_of_the_personas_own_loses_its_labels(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(
        *texts('<message id="4" speaker="Ada" kind="AI persona">\nOne.\n\nAda: Two.\n</mess', "age>"), DONE
    )
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text.strip(), turn.cut_speaker) == ("One.\n\nTwo.", "")
