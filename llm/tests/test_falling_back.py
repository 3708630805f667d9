"""Another model answers where the first one does not: when, once, and as what the room is told."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from llm import turns
from llm.gateway.errors import GatewayError
from llm.gateway.types import Finished, ThinkingChunk, Usage
from llm.models import Given, ModelCard, Turn, UsageEntry
from llm.runner import Runner
from llm.tests.helpers import called, message_of, seat, turn_events
from llm.tests.scripted import DONE, ScriptedModel, calls, seen_text, texts
from llm.turns import WORKER_LOST
from rooms.database import in_database
from rooms.models import Message, Participant, Room
from rooms.tests.people import Json, Workshop
from rooms.tests.tasks import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

FIRST, SECOND, THIRD = "lab/owl", "lab/wren", "lab/crane"


@pytest.fixture
def turn(studio: Workshop) -> Turn:
    """Ada is called; she has a model and two to fall back on."""
    Participant.objects.filter(room=studio.uuid, name="Ada").update(model=FIRST, fallbacks=[SECOND, THIRD])
    return called(studio)


def asked(model: ScriptedModel) -> list[str]:
    return [request.model for request in model.requests]


def entries(turn: Turn) -> list[tuple[int, str, int | None]]:
    found = UsageEntry.objects.filter(turn=turn).order_by("attempt")
    return list(found.values_list("attempt", "model", "input_tokens"))


async def test_the_next_model_answers(
    studio: Workshop, runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(GatewayError("quota", usage=Usage(5, 0, None, None)))
    model.add(*texts("One"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.state, turn.error_code) == ("One", "complete", "done", "")
    assert (asked(model), turn.model) == ([FIRST, SECOND], SECOND)
    why = {"model": FIRST, "code": "quota", "message": GatewayError("quota").message}
    assert turn.failed_models == [why]
    assert await in_database(lambda: entries(turn)) == [(1, FIRST, 5), (2, SECOND, 11)]
    # The room is told before the first word, and at the end.
    told = [(e["state"], e["model"], e["failed_models"]) for e in await in_database(turn_events, studio)]
    assert told[-1] == ("done", SECOND, [why])
    assert ("running", SECOND, [why]) in told
    assert told[0] == ("queued", FIRST, [])


async def test_each_is_asked_once_and_the_last_failure_is_the_turns(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    for code in ("auth", "model_unknown", "quota"):
        model.add(GatewayError(code))
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert asked(model) == [FIRST, SECOND, THIRD]
    assert (turn.state, turn.error_code, turn.message_id, turn.model) == ("failed", "quota", None, THIRD)
    assert [(f["model"], f["code"]) for f in turn.failed_models] == [
        (FIRST, "auth"),
        (SECOND, "model_unknown"),
    ]


async def test_a_busy_model_is_called_again_before_another(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(GatewayError("rate_limit"))
    model.add(GatewayError("unavailable"))
    model.add(GatewayError("timeout"))  # not twice: somebody else is there to ask
    model.add(*texts("One"), DONE)
    await runner.run(turn.pk)
    assert asked(model) == [FIRST, FIRST, SECOND, THIRD]


@pytest.mark.parametrize("code", ["content_policy", "bad_request", "internal"])
async def test_some_failures_are_everybodys(
    runner: Runner, model: ScriptedModel, turn: Turn, code: Any
) -> None:
    model.add(GatewayError(code))
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (asked(model), turn.state, turn.error_code) == ([FIRST], "failed", code)
    assert turn.failed_models == []


@pytest.mark.parametrize("reason", ["stop", "length"])
async def test_a_model_that_answers_with_nothing(
    runner: Runner, model: ScriptedModel, turn: Turn, reason: Any
) -> None:
    model.add(*texts(" \n"), Finished(reason, Usage(9, 0, None, Decimal("0.5"))))
    model.add(*texts("One"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, asked(model)) == ("One", [FIRST, SECOND])
    assert turn.failed_models[0]["code"] == ("empty" if reason == "stop" else "length")
    assert await in_database(lambda: entries(turn)) == [(1, FIRST, 9), (2, SECOND, 11)]


@pytest.mark.parametrize("begins", [texts("One"), texts("👍")], ids=repr)
async def test_what_people_have_seen_is_never_said_by_another(
    runner: Runner, model: ScriptedModel, turn: Turn, begins: list[Any]
) -> None:
    model.add(*begins, *texts(" two"), GatewayError("unavailable"))
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (asked(model), message.state, turn.error_code) == ([FIRST], "failed", "unavailable")


async def test_what_a_tool_has_done_is_not_done_by_another(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(*calls(("mention", {"names": ["Bob"]})))
    model.add(GatewayError("quota"))
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (asked(model), turn.failed_models) == ([FIRST, FIRST], [])


async def test_a_tool_that_was_used_in_vain_binds_nobody(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(*calls(("mention", "{broken")))
    model.add(GatewayError("quota"))
    model.add(*texts("One"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (asked(model), message.text) == ([FIRST, FIRST, SECOND], "One")


async def test_thinking_does_not_bind(
    studio: Workshop, runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(ThinkingChunk("Let me see."), GatewayError("truncated"))
    model.add(ThinkingChunk("I see."), *texts("One"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, turn.model) == ("One", SECOND)
    answer = await in_database(studio.bob.get, f"/api/rooms/{studio.id}/turns/{turn.pk}/thinking/")
    assert answer.body["text"] == "Let me see.\n\nI see."
    # It was spent, whatever it was.
    assert await in_database(lambda: entries(turn)) == [(1, FIRST, None), (2, SECOND, 11)]


async def test_the_request_is_made_anew_for_the_other_model(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(GatewayError("quota"))
    model.add(*texts("One"), DONE)
    await runner.run(turn.pk)
    first, second = model.requests
    assert (first.model, second.model) == (FIRST, SECOND)
    kept = await in_database(
        lambda: list(Given.objects.filter(turn=turn).order_by("attempt").values_list("attempt", "model"))
    )
    assert (2, SECOND) in kept


async def test_what_is_too_long_goes_to_a_larger_window(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    def cards() -> None:
        for name, window in ((FIRST, 128_000), (SECOND, 64_000), (THIRD, 1_000_000)):
            known = {"label": name, "provider": "lab", "context_tokens": window, "seen_at": turn.created_at}
            ModelCard.objects.create(name=name, **known)

    await in_database(cards)
    model.add(GatewayError("context_window"))
    model.add(*texts("One"), DONE)
    await runner.run(turn.pk)
    assert asked(model) == [FIRST, THIRD]


async def test_the_rooms_fallbacks_hold_for_who_has_none(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    def called_bo() -> Turn:
        Participant.objects.filter(pk=seat(studio, "Bo").pk).update(model=FIRST)
        Room.objects.filter(pk=studio.uuid).update(fallback_models=[FIRST, "demo/poet"])
        return called(studio, "@Bo hello")

    turn = await in_database(called_bo)
    model.add(GatewayError("auth"))
    model.add(*texts("One"), DONE)
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (asked(model), turn.is_scripted) == ([FIRST, "demo/poet"], True)


async def test_the_first_model_answers_late(
    studio: Workshop, runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json]
) -> None:
    """Its stream is closed before the other begins: whatever it still says, nobody hears."""
    late, goes_on = asyncio.Event(), asyncio.Event()
    first = model.add(GatewayError("timeout"), late, *texts("Late."), DONE)
    second = model.add(*texts("One"), goes_on, *texts(" two"), DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: seen_text(broadcasts) == "One")
    assert first.was_closed.is_set()
    assert not second.was_closed.is_set()
    late.set()
    goes_on.set()
    await task
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.model) == ("One two", "complete", SECOND)
    assert "Late" not in seen_text(broadcasts)
    assert await in_database(Message.objects.filter(turn_id=turn.pk).count) == 1
    assert await in_database(Turn.objects.filter(trigger_message=turn.trigger_message_id).count) == 1


@pytest.mark.parametrize("is_stop", [True, False], ids=["a stop", "the worker's end"])
async def test_nothing_begins_after_the_end(
    runner: Runner, model: ScriptedModel, turn: Turn, is_stop: bool
) -> None:
    hangs = asyncio.Event()
    step = model.add(hangs, GatewayError("quota"))
    task = asyncio.create_task(runner.run(turn.pk))
    await step.reached.wait()
    if is_stop:
        assert await in_database(turns.stop, turn.pk, WORKER_LOST)
        hangs.set()
    else:
        closing = asyncio.create_task(runner.close())
        await asyncio.sleep(0)
        hangs.set()
        await closing
    async with asyncio.timeout(20):
        await task
    await in_database(turn.refresh_from_db)
    assert (asked(model), turn.state) == ([FIRST], "stopped" if is_stop else "failed")
    assert turn.failed_models == []
