"""Every call of a turn is reserved before it is made, and settled before the next one."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from llm import spending, turns
from llm.budgets import Granted, Price
from llm.gateway.errors import GatewayError
from llm.gateway.types import Finished, Usage
from llm.models import Given, Turn, UsageEntry
from llm.prices import price_of
from llm.runner import Runner
from llm.spending import Payer
from llm.tests.helpers import called, dispatched, message_of
from llm.tests.scripted import DONE, ScriptedModel, calls, texts
from rooms.database import in_database
from rooms.models import Participant
from rooms.tests.people import Workshop

PRICES = {"lab/cheap": Price(Decimal(1), Decimal(2)), "lab/dear": Price(Decimal(20), Decimal(90))}
# More than any call of these tests costs, so that the first one leaves little.
LIMIT = Decimal("0.2")


@pytest.fixture(autouse=True)
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spending, "price_of", PRICES.__getitem__)
    monkeypatch.setattr(spending, "prices_of", lambda models: {model: PRICES[model] for model in models})


def limited(studio: Workshop, limit: Decimal = LIMIT, *, fallbacks: tuple[str, ...] = ()) -> Turn:
    """Ada's turn, in a room that may spend `limit` a day."""
    Participant.objects.filter(room=studio.uuid, name="Ada").update(
        model="lab/cheap", fallbacks=list(fallbacks)
    )
    studio.alice.command(studio.id, "room.set_limits", day_usd=float(limit))
    return called(studio)


def entries(turn: Turn) -> list[tuple[int, str, Decimal | None]]:
    found = UsageEntry.objects.filter(turn=turn).order_by("attempt")
    return list(found.values_list("attempt", "model", "cost_usd"))


def using(cost: str) -> Usage:
    return Usage(11, 7, None, Decimal(cost))


@pytest.mark.usefixtures("redis_server")
@pytest.mark.django_db(transaction=True)
class TestTurns:
    async def test_a_round_that_can_not_be_paid_ends_the_turn_and_keeps_its_text(
        self, runner: Runner, model: ScriptedModel, studio: Workshop
    ) -> None:
        turn = await in_database(limited, studio)
        *pieces, last = calls(("mention", {"names": ["Nobody"]}))
        assert isinstance(last, Finished)
        model.add(*texts("One."), *pieces, Finished("tool_calls", using("0.2"), last.tool_calls))
        await runner.run(turn.pk)
        message = await in_database(message_of, turn)
        assert (message.text, message.state) == ("One.", "stopped")
        assert (turn.state, turn.error_code) == ("blocked", "room_budget")
        assert "0.20 USD" in turn.error_message
        assert await in_database(entries, turn) == [(1, "lab/cheap", Decimal("0.2"))]

    async def test_a_second_try_that_can_not_be_paid_is_not_made(
        self, runner: Runner, model: ScriptedModel, studio: Workshop
    ) -> None:
        turn = await in_database(limited, studio)
        model.add(GatewayError("unavailable", usage=using("0.2")))
        await runner.run(turn.pk)
        await in_database(turn.refresh_from_db)
        assert (turn.state, turn.error_code, turn.message_id) == ("blocked", "room_budget", None)

    async def test_a_dearer_model_is_not_fallen_back_on_without_the_money(
        self, runner: Runner, model: ScriptedModel, studio: Workshop
    ) -> None:
        turn = await in_database(limited, studio, fallbacks=("lab/dear",))
        model.add(GatewayError("quota", usage=using("0.19")))
        await runner.run(turn.pk)
        await in_database(turn.refresh_from_db)
        assert (turn.state, turn.error_code, turn.model) == ("blocked", "room_budget", "lab/dear")
        assert await in_database(entries, turn) == [(1, "lab/cheap", Decimal("0.19"))]

    async def test_a_further_call_may_write_what_is_left(
        self, runner: Runner, model: ScriptedModel, studio: Workshop
    ) -> None:
        turn = await in_database(limited, studio, fallbacks=("lab/dear",))
        model.add(GatewayError("quota", usage=using("0.1")))
        model.add(*texts("One."), DONE)
        await runner.run(turn.pk)
        await in_database(turn.refresh_from_db)
        assert turn.state == "done"
        first, second = model.requests
        assert (first.max_output_tokens or 0) > (second.max_output_tokens or 0) > 0
        price = await in_database(price_of, "lab/dear")
        assert turn.reserved_input is not None
        assert turn.reserved_output is not None
        assert price.of(turn.reserved_input, turn.reserved_output) + Decimal("0.1") <= LIMIT
        assert turn.reserved_usd is None, "used by now, and not set aside any more"

    async def test_a_call_that_ran_out_of_time_may_have_cost_something(
        self, runner: Runner, model: ScriptedModel, studio: Workshop
    ) -> None:
        turn = await in_database(limited, studio)
        model.add(GatewayError("timeout"))
        model.add(GatewayError("rate_limit"))
        await runner.run(turn.pk)
        [entry] = await in_database(lambda: list(UsageEntry.objects.filter(turn=turn)))
        assert (entry.attempt, entry.cost_usd, entry.input_tokens) == (1, None, None), "not told, not 0"
        assert entry.counted_tokens > 0

    async def test_what_each_round_was_given_is_kept(
        self, runner: Runner, model: ScriptedModel, studio: Workshop
    ) -> None:
        turn = await in_database(limited, studio, Decimal(1))
        model.add(*calls(("mention", {"names": ["Nobody"]})))
        model.add(*texts("Then I say it."), DONE)
        await runner.run(turn.pk)
        assert await in_database(Given.objects.filter(turn=turn).count) == 2
        address = f"/api/rooms/{studio.id}/turns/{turn.pk}/given/"
        body = (await in_database(studio.bob.get, address)).body
        assert body["attempts"] == [1, 2]
        asked, answered = [part for part in body["parts"] if part["name"] == "round"]
        assert (asked["role"], answered["role"]) == ("assistant", "tool")
        assert "mention" in asked["text"]
        assert answered["text"] == model.requests[1].messages[-1].content
        assert (await in_database(studio.carol.get, address)).status == 404


Act = Literal["call", "told", "untold", "stop"]
acts = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["call", "call", "call", "told", "told", "untold", "stop"]),
        st.sampled_from(sorted(PRICES)),
        st.integers(0, 100),
    ),
    max_size=25,
)


# Each example is some hundred statements.
@pytest.mark.timeout(300)
@pytest.mark.django_db
class TestAnySequence:
    @pytest.fixture
    def three(self, studio: Workshop, settings: Settings) -> list[Turn]:
        """Turns of one chain that run."""
        settings.LLM_CHAIN_TOKENS = 30_000
        settings.LLM_CHAIN_USD = 0.5
        for name in ("Cy", "Di", "Ed"):
            studio.alice.command(studio.id, "persona.add", name=name)
        seats = Participant.objects.filter(room=studio.uuid, name__in=("Cy", "Di", "Ed"))
        seats.update(model="lab/cheap")
        studio.bob.say(studio.id, "@Cy, @Di, @Ed")
        claimed = [turns.claim(turn.pk, turn.participant_id) for turn in dispatched(studio)]
        return [turn for turn in claimed if turn is not None]

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    # Stopped before anything was seen, and late to tell what it used.
    @example(
        script=[
            (1, "call", "lab/dear", 0),
            (1, "stop", "lab/cheap", 0),
            (0, "call", "lab/dear", 0),
            (1, "told", "lab/cheap", 39),
        ]
    )
    @given(acts)
    def test_no_chain_passes_its_limits_whatever_its_turns_do(
        self, three: list[Turn], script: list[tuple[int, Act, str, int]]
    ) -> None:
        assert len(three) == 3
        with transaction.atomic():
            play(three, script)
            transaction.set_rollback(True)


def play(three: list[Turn], script: list[tuple[int, Act, str, int]]) -> None:
    chain = three[0].chain
    payer = Payer(chain.room, chain, chain.person)
    # Of each turn: how many calls it made, and the one under way.
    made = [0, 0, 0]
    under_way: list[tuple[str, Granted] | None] = [None, None, None]
    stopped: set[int] = set()
    # What stopped calls turned out to have used beyond what was seen of them, in money and tokens: by
    # then it may have been given to others.
    late, late_tokens = Decimal(0), 0
    for at, act, model, share in script:
        turn, open_ = three[at], under_way[at]
        before = spending.read_books(payer)
        if act == "call" and open_ is None and at not in stopped:
            wanted = {"input_tokens": 10 * share, "output_tokens": 4_000, "model": model}
            answer = spending.reserve(turn, number=made[at] + 1, **wanted)  # type: ignore[arg-type]
            if isinstance(answer, Granted):
                made[at] += 1
                under_way[at] = (model, answer)
        elif act in ("told", "untold") and open_ is not None:
            asked, granted = open_
            written = granted.output_tokens * share // 100
            entry = UsageEntry(model=asked)
            if act == "told":
                entry.input_tokens, entry.output_tokens = granted.input_tokens, written
            turns.record_usage(turn, entry, number=made[at], said="x" * written)
            under_way[at] = None
        elif act == "stop" and at not in stopped:
            assert turns.stop(turn.pk, turns.WORKER_LOST)
            stopped.add(at)
        books = spending.read_books(payer)
        [account] = books.accounts
        assert account.limit is not None
        if act == "told" and at in stopped:
            late += account.spent - before.accounts[0].spent
            late_tokens += books.tokens.spent - before.tokens.spent
        assert account.spent + account.reserved <= account.limit + late
        assert books.tokens.limit is not None
        assert books.tokens.spent + books.tokens.reserved <= books.tokens.limit + late_tokens
        # Nothing is held back but by calls under way of turns that run.
        held = [call for at, call in enumerate(under_way) if call is not None and at not in stopped]
        assert account.reserved == sum((granted.usd for _, granted in held), Decimal(0))
