"""A room's old messages are folded in the background. Cases are numbered in docs/memory.md."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import F
from pytest_django import Settings

from llm import memory, queue, reaper
from llm.gateway.errors import GatewayError
from llm.memory import compaction, summarising
from llm.models import Checkpoint, Chunk, RoomMemory, Turn, UsageEntry
from llm.tests.helpers import called
from llm.tests.scripted import DONE, ScriptedModel, texts
from rooms.database import in_database
from rooms.models import Message, Room
from rooms.tests.people import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[ScriptedModel]:
    """Summarises instead of a provider's; its script must be played to the end."""
    settings.LLM_SUMMARY_MODEL = "scripted/summary"
    scripted = ScriptedModel()
    monkeypatch.setattr(summarising, "stream_completion", scripted.stream)
    yield scripted
    scripted.verify()


@pytest.fixture
def sent_rooms(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    rooms: list[UUID] = []
    monkeypatch.setattr(queue, "_send_compaction", rooms.append)
    return rooms


@pytest.fixture
def full(studio: Workshop) -> Room:
    """A room with a small budget, of which more than three quarters are used."""
    room = Room.objects.get(pk=studio.uuid)
    Room.objects.filter(pk=room.pk).update(memory_tokens=2_000)
    for number in range(60):
        text = f"Note {number}: we decided that item {number} costs {number + 100} euros. " + "Well. " * 6
        studio.bob.say(studio.id, text)
    room.refresh_from_db()
    return room


def pass_time(room: Room) -> None:
    """As if what waits had waited long enough."""
    RoomMemory.objects.filter(pk=room.pk).update(due_at=F("due_at") - 60 * SECOND)


async def folded(room: Room) -> bool:
    return await summarising.compact(room.pk)


async def test_c01_at_three_quarters_down_to_a_third_without_a_model(full: Room) -> None:
    assert await in_database(compaction.look, full.pk)
    assert await folded(full)
    remembered = await in_database(memory.checkpoint_for, full)
    assert remembered.version == 1
    assert 0 < remembered.upto_seq < full.head_seq
    assert remembered.lines
    told = await in_database(compaction._told, full, remembered.upto_seq)
    assert remembered.tokens() + sum(m.tokens for m in told) <= 0.35 * 2_000
    assert "[#" in remembered.text()
    assert not await in_database(compaction.look, full.pk)
    assert not await folded(full)


async def test_c02_a_model_sums_up_each_range_once(full: Room, model: ScriptedModel) -> None:
    job = await in_database(compaction.begin, full.pk)
    assert job is not None
    await in_database(compaction.give_up, job)
    for first, last in job.ranges:
        model.add(*texts(f"- Said here. [#{first}] [#{last}]\n- Said nowhere. [#9999]"), DONE)
    assert await folded(full)
    chunks = await in_database(lambda: list(Chunk.objects.filter(room=full)))
    assert [(chunk.first_seq, chunk.last_seq) for chunk in chunks] == list(job.ranges)
    assert {chunk.model for chunk in chunks} == {"scripted/summary"}
    assert [len(chunk.lines) for chunk in chunks] == [1] * len(chunks)
    assert all(request.max_output_tokens for request in model.requests)
    spent = await in_database(lambda: list(UsageEntry.objects.filter(room=full)))
    assert {(entry.kind, entry.model, entry.input_tokens) for entry in spent} == {
        ("summary", "scripted/summary", 11)
    }
    assert len(spent) == len(chunks)


@pytest.mark.parametrize("answer", [[GatewayError("timeout")], [*texts("I can't do that."), DONE], [DONE]])
async def test_c03_where_a_model_fails_sentences_stand_in(
    full: Room, model: ScriptedModel, answer: list[Exception]
) -> None:
    for _ in range(summarising.FAILURES_MOST):
        model.add(*answer)
    assert await folded(full)
    chunks = await in_database(lambda: list(Chunk.objects.filter(room=full)))
    assert {chunk.model for chunk in chunks} == {""}
    assert all(chunk.lines for chunk in chunks)


async def test_c04_a_model_that_is_late_is_not_waited_for(
    full: Room, model: ScriptedModel, settings: Settings
) -> None:
    settings.LLM_SUMMARY_SECONDS = 0.01
    for _ in range(summarising.FAILURES_MOST):
        model.add(asyncio.Event())
    assert await folded(full)


def test_c05_never_while_a_persona_is_at_work(full: Room, studio: Workshop) -> None:
    turn = called(studio)
    assert compaction.look(full.pk)
    assert compaction.begin(full.pk) is None
    assert full.pk not in compaction.rooms_due()
    Turn.objects.filter(pk=turn.pk).update(state=Turn.State.DONE)
    pass_time(full)
    assert full.pk in compaction.rooms_due()
    assert compaction.begin(full.pk) is not None


def test_c06_a_persona_that_begins_meanwhile_puts_it_off(full: Room, studio: Workshop) -> None:
    job = compaction.begin(full.pk)
    assert job is not None
    called(studio)
    assert not compaction.publish(job)
    assert memory.checkpoint_for(full).version == 0
    assert RoomMemory.objects.get(pk=full.pk).due_at is not None


def test_c07_one_worker_at_a_time_and_a_lost_one_is_replaced(full: Room) -> None:
    lost = compaction.begin(full.pk)
    assert lost is not None
    assert compaction.begin(full.pk) is None
    RoomMemory.objects.filter(pk=full.pk).update(lease_until=F("lease_until") - 3_600 * SECOND)
    second = compaction.begin(full.pk)
    assert second is not None
    first, last = lost.ranges[0]
    assert not compaction.keep_chunk(lost, first, last, compaction.new_chunk_id(), (), "")
    assert not compaction.publish(lost)
    assert compaction.publish(second)


def test_c08_a_range_that_is_summed_up_stays(full: Room) -> None:
    job = compaction.begin(full.pk)
    assert job is not None
    first, last = job.ranges[0]
    assert compaction.keep_chunk(job, first, last, compaction.new_chunk_id(), (), "one")
    assert compaction.keep_chunk(job, first, last, compaction.new_chunk_id(), (), "two")
    assert Chunk.objects.get(room=full).model == "one"
    compaction.give_up(job)
    RoomMemory.objects.filter(pk=full.pk).update(due_at=None)
    again = compaction.begin(full.pk)
    assert again is not None
    assert again.ranges == job.ranges[1:]


def test_c09_the_sweep_finds_rooms_that_have_grown_and_sends_each_once(
    full: Room, sent_rooms: list[UUID]
) -> None:
    reaper.look_after_memories()
    pass_time(full)
    reaper.look_after_memories()
    reaper.look_after_memories()
    assert sent_rooms == [full.pk] or set(sent_rooms) == {full.pk}
    assert len(sent_rooms) <= 2


async def test_c10_what_is_not_finished_is_not_folded(full: Room) -> None:
    third = await in_database(Message.objects.filter(room=full).order_by("seq").__getitem__, 2)
    await in_database(Message.objects.filter(pk=third.pk).update, state="streaming")
    assert await folded(full)
    remembered = await in_database(memory.checkpoint_for, full)
    assert remembered.upto_seq < (third.seq or 0)


async def test_c11_a_correction_survives_the_next_compaction(full: Room, studio: Workshop) -> None:
    assert await folded(full)
    lines = (await in_database(memory.checkpoint_for, full)).lines
    edited, removed = lines[0], lines[1]
    for kind, data in (
        ("memory.edit_line", {"line_id": str(edited.id), "text": "Item 1 costs nothing."}),
        ("memory.remove_line", {"line_id": str(removed.id)}),
        ("memory.add_line", {"text": "Alice is the treasurer."}),
    ):
        answer = await in_database(studio.bob.command, studio.id, kind, **data)
        assert answer.status == 200, answer
    for number in range(60):
        await in_database(studio.bob.say, studio.id, f"More {number} is 12 euros. " + "Well. " * 6)
    assert await folded(full)
    remembered = await in_database(memory.checkpoint_for, full)
    texts_now = {line.text for line in remembered.lines}
    assert {"Item 1 costs nothing.", "Alice is the treasurer."} <= texts_now
    assert removed.id not in {line.id for line in remembered.lines}
    assert await in_database(Checkpoint.objects.filter(room=full).count) == 5
