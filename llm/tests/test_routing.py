"""The router of a room: asked once, about a question to nobody, and in doubt nobody answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db.models import F
from pytest_django import Settings

from llm import queue, reaper
from llm.gateway.errors import GatewayError
from llm.gateway.types import Finished, Usage
from llm.guard import Refusal
from llm.models import RouterCall, Turn, UsageEntry
from llm.routing import calls, run
from llm.routing.run import route
from llm.tests.helpers import dispatched, seat
from llm.tests.scripted import ScriptedModel, texts
from rooms.database import in_database
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

DONE = Finished("stop", Usage(40, 1, None, Decimal("0.001")))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]  # a generator of ScriptedModel
    scripted = ScriptedModel()
    monkeypatch.setattr(run, "stream_completion", scripted.stream)
    yield scripted
    scripted.verify()


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The messages that the workers were told to ask about."""
    messages: list[UUID] = []
    monkeypatch.setattr(queue, "_send_router", messages.append)
    return messages


@pytest.fixture
def routed(studio: Workshop) -> Workshop:
    assert studio.alice.command(studio.id, "room.change", wake_policy="router").status == 200
    return studio


def ask(studio: Workshop, text: str = "Who knows about bugs?") -> UUID:
    said = UUID(studio.bob.say(studio.id, text))
    dispatched(studio)
    return said


def woken(studio: Workshop) -> list[tuple[str, str]]:
    return [(turn.participant.name, turn.cause) for turn in dispatched(studio)]


async def test_who_is_named_answers(routed: Workshop, asked: list[UUID], model: ScriptedModel) -> None:
    said = await in_database(ask, routed)
    assert asked == [said]
    assert await in_database(woken, routed) == []
    model.add(*texts("1"), DONE)
    await route(said)
    assert await in_database(woken, routed) == [("Ada", "router")]
    call = await in_database(RouterCall.objects.get, pk=said)
    assert (call.state, call.input_tokens, call.cost_usd) == ("decided", 40, Decimal("0.001"))
    entry = await in_database(UsageEntry.objects.get, kind="router")
    assert (entry.input_tokens, entry.cost_usd) == (40, Decimal("0.001"))
    assert entry.person_id == (await in_database(seat, routed, "Bob")).pk
    [request] = model.requests
    assert request.model == "demo/router"
    assert "bugs" in request.messages[-1].content
    assert request.deadlines.whole <= 10


def hands(studio: Workshop) -> list[tuple[str, str, str]]:
    names = {p["id"]: p["name"] for p in studio.bob.snapshot(studio.id)["participants"]}
    shown = studio.bob.snapshot(studio.id)["hands"]
    return [(names[hand["participant_id"]], hand["line"], hand["source"]) for hand in shown]


async def test_who_has_something_to_say_has_a_hand_up(routed: Workshop, model: ScriptedModel) -> None:
    """With the one call that there is."""
    said = await in_database(ask, routed)
    model.add(*texts("1\nhand 2: <b>The", " roof</b> leaks."), DONE)
    await route(said)
    assert await in_database(woken, routed) == [("Ada", "router")]
    [shown] = await in_database(hands, routed)
    assert shown == ("Bo", "<b>The roof</b> leaks.", "router")


async def test_who_was_muted_meanwhile_raises_no_hand(routed: Workshop, model: ScriptedModel) -> None:
    said = await in_database(ask, routed)
    model.add(*texts("0\nhand 1: Me.\nhand 2: Me, too."), DONE)

    def mute() -> None:
        bo = str(seat(routed, "Bo").pk)
        assert routed.alice.command(routed.id, "persona.mute", participant_id=bo).status == 200

    claim = calls.claim

    def claim_and_mute(message_id: UUID) -> object:
        claimed = claim(message_id)
        mute()
        return claimed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(calls, "claim", claim_and_mute)
        await route(said)
    assert [name for name, *_ in await in_database(hands, routed)] == ["Ada"]


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        ("0", "decided", ""),
        ("0\nhand 9: I.", "failed", "invalid_answer"),
        ("Ada!", "failed", "invalid_answer"),
        ("", "failed", "invalid_answer"),
    ],
)
async def test_nobody_and_nonsense_wake_nobody(
    routed: Workshop, model: ScriptedModel, answer: str, state: str, code: str
) -> None:
    said = await in_database(ask, routed)
    model.add(*texts(answer), DONE)
    await route(said)
    assert await in_database(woken, routed) == []
    call = await in_database(RouterCall.objects.get, pk=said)
    assert (call.state, call.error_code, call.output_tokens) == (state, code, 1)


async def test_a_failure_is_not_tried_again(routed: Workshop, model: ScriptedModel) -> None:
    said = await in_database(ask, routed)
    model.add(GatewayError("rate_limit"))
    await route(said)
    await route(said)
    assert await in_database(woken, routed) == []
    assert (await in_database(RouterCall.objects.get, pk=said)).error_code == "rate_limit"


async def test_where_the_budget_is_used_up_it_is_not_asked(
    routed: Workshop, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await in_database(ask, routed)
    refusal = Refusal("room_budget", "Nothing is left for today.")
    monkeypatch.setattr("llm.spending.refusal_for_call", lambda *args, **others: refusal)
    await route(said)
    assert await in_database(woken, routed) == []
    call = await in_database(RouterCall.objects.get, pk=said)
    assert (call.state, call.error_code) == ("failed", "room_budget")


async def test_delivered_twice_it_is_one_call(routed: Workshop, model: ScriptedModel) -> None:
    said = await in_database(ask, routed)
    step = model.add(*texts("1"), DONE)
    await asyncio.gather(route(said), route(said))
    await route(said)
    assert step.was_closed.is_set()
    assert await in_database(woken, routed) == [("Ada", "router")]


async def test_a_late_answer_wakes_nobody(
    routed: Workshop, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await in_database(ask, routed)
    model.add(asyncio.Event(), *texts("1"), DONE)  # for ever
    claim = calls.claim

    def claim_at_the_last_moment(message_id: UUID) -> object:
        claimed = claim(message_id)
        assert claimed is not None
        assert claimed.seconds > 0.2
        return replace(claimed, seconds=0.2)

    monkeypatch.setattr(calls, "claim", claim_at_the_last_moment)
    await route(said)
    assert await in_database(woken, routed) == []
    assert (await in_database(RouterCall.objects.get, pk=said)).state == "late"


async def test_a_task_that_comes_too_late_asks_nobody(routed: Workshop, model: ScriptedModel) -> None:
    said = await in_database(ask, routed)
    await in_database(_make_older, said, 60)
    await route(said)
    assert (await in_database(RouterCall.objects.get, pk=said)).state == "late"


def _make_older(message_id: UUID, seconds: int) -> None:
    RouterCall.objects.filter(pk=message_id).update(created_at=F("created_at") - timedelta(seconds=seconds))


def test_a_lost_task_is_sent_again_and_a_lost_worker_ends_it(routed: Workshop, asked: list[UUID]) -> None:
    said = ask(routed)
    assert reaper.mend_router_calls() == 0
    _make_older(said, 3)
    assert reaper.mend_router_calls() == 1
    assert asked == [said, said]
    RouterCall.objects.filter(pk=said).update(state="asking")
    assert reaper.mend_router_calls() == 0
    _make_older(said, 60)
    assert reaper.mend_router_calls() == 1
    call = RouterCall.objects.get(pk=said)
    assert (call.state, call.error_code) == ("failed", "worker_lost")
    assert woken(routed) == []


def test_one_that_waited_too_long_is_ended_by_the_sweep(routed: Workshop) -> None:
    said = ask(routed)
    _make_older(said, 60)
    assert reaper.mend_router_calls() == 1
    assert RouterCall.objects.get(pk=said).state == "late"


async def test_who_left_or_was_muted_meanwhile_is_not_woken(routed: Workshop, model: ScriptedModel) -> None:
    said = await in_database(ask, routed)
    go = asyncio.Event()
    step = model.add(go, *texts("1"), DONE)
    asking = asyncio.create_task(route(said))
    await step.reached.wait()

    def mute() -> None:
        ada = str(seat(routed, "Ada").pk)
        assert routed.alice.command(routed.id, "persona.mute", participant_id=ada).status == 200

    await in_database(mute)
    go.set()
    await asking
    assert await in_database(woken, routed) == []


@pytest.mark.parametrize(
    "text", ["No question.", "@Ada?", "@Bob, what do you think?", "`why?`", "cc @Ada, who knows?"]
)
def test_what_is_not_asked(routed: Workshop, asked: list[UUID], text: str) -> None:
    ask(routed, text)
    assert asked == []
    assert not RouterCall.objects.exists()


def test_it_can_be_switched_off_and_is_off_by_default(
    studio: Workshop, asked: list[UUID], settings: Settings
) -> None:
    ask(studio)
    assert studio.alice.command(studio.id, "room.change", wake_policy="router").status == 200
    settings.LLM_ROUTER = False
    ask(studio)
    assert asked == []
    assert not Turn.objects.exists()


def test_who_may_change_the_policy(studio: Workshop) -> None:
    path = f"/api/rooms/{studio.id}/"
    assert studio.carol.patch(path, {"wake_policy": "router"}).status == 404
    assert studio.bob.patch(path, {"wake_policy": "router"}).code == "not_allowed"
    assert studio.alice.patch(path, {"wake_policy": "loud"}).code == "invalid"
    assert studio.alice.patch(path, {"wake_policy": "router"}).body["wake_policy"] == "router"


def test_the_model_is_the_setting_then_the_rooms_then_the_demos(
    routed: Workshop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llm.routing.models import router_model
    from rooms.models import Room

    room = Room.objects.get(pk=routed.id)
    assert router_model(room) == "demo/router"
    room.default_model = "lab/parrot"
    assert router_model(room) == "lab/parrot"
    settings.LLM_ROUTER_MODEL = "lab/mouse"
    assert router_model(room) == "lab/mouse"
