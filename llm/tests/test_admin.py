"""What administrators see of turns, tools and money, and the one thing that they may take away."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from llm import turns
from llm.models import ToolAbility, ToolRecord, UsageEntry
from llm.tests.helpers import running
from llm.tools.abilities import learn, may_have_tools
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

USAGE = "/admin/llm/usageentry/"


@pytest.fixture
def boss() -> Client:
    boss = Client()
    boss.force_login(get_user_model().objects.create_superuser("boss"))
    return boss


@pytest.fixture
def used(studio: Workshop) -> None:
    turn = running(studio)
    for number, (model, cost) in enumerate(
        [("acme/owl", "0.25"), ("acme/owl", "0.5"), ("acme/jay", None)], 1
    ):
        entry = UsageEntry(
            model=model,
            input_tokens=1_000,
            output_tokens=10,
            cached_tokens=400,
            cost_usd=Decimal(cost) if cost else None,
        )
        turns.record_usage(turn, entry, number=number)


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize(
    ("filters", "together"),
    [
        ("", "3 calls, 3,000 tokens read (1,200 cached), 30 written, 0.7500 USD, 1 unpriced."),
        ("?model=acme/owl", "2 calls, 2,000 tokens read (800 cached), 20 written, 0.7500 USD."),
        ("?q=jay", "1 calls, 1,000 tokens read (400 cached), 10 written, 0.0000 USD, 1 unpriced."),
        ("?q=nothing", "0 calls, 0 tokens read (0 cached), 0 written, 0.0000 USD."),
    ],
    ids=["all", "of a model", "found", "none"],
)
def test_usage_is_added_up_as_it_is_filtered(boss: Client, filters: str, together: str) -> None:
    assert f"Together: {together}" in boss.get(USAGE + filters).content.decode()


@pytest.mark.usefixtures("used")
def test_the_sum_is_one_statement_over_all_pages(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llm.admin.UsageAdmin.list_per_page", 1)
    with CaptureQueriesContext(connection) as captured:
        page = boss.get(USAGE).content.decode()
    assert "Together: 3 calls" in page
    assert page.count('class="field-model"') == 1
    assert sum("SUM(" in query["sql"] for query in captured) == 1


def test_what_a_turn_did_with_tools_is_shown_and_not_changed(boss: Client, studio: Workshop) -> None:
    turn = running(studio)
    result = {"text": "Nobody else of that name is here."}
    record = ToolRecord.objects.create(
        turn=turn, number=1, name="mention", arguments='{"names": ["Zoe"]}', is_refused=True, result=result
    )
    listed = boss.get("/admin/llm/toolrecord/?is_refused__exact=1").content.decode()
    for shown in ("mention", "Ada", "Studio", "Nobody else of that name is here."):
        assert shown in listed
    assert "Zoe" in boss.get(f"/admin/llm/turn/{turn.pk}/change/").content.decode()
    page = f"/admin/llm/toolrecord/{record.pk}"
    assert boss.post(f"{page}/change/", {"name": "other"}).status_code == 403
    assert boss.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert boss.get("/admin/llm/toolrecord/add/").status_code == 403
    assert studio.bob.client.get("/admin/llm/toolrecord/").status_code == 302, "to the sign-in"


def test_what_is_remembered_of_a_model_is_deleted_so_that_it_is_tried_again(boss: Client) -> None:
    learn("acme/owl", has_tools=False)
    assert not may_have_tools("acme/owl")
    kept = ToolAbility.objects.get()
    assert "acme/owl" in boss.get("/admin/llm/toolability/").content.decode()
    assert boss.post(f"/admin/llm/toolability/{kept.pk}/change/", {"has_tools": "on"}).status_code == 403
    assert boss.post(f"/admin/llm/toolability/{kept.pk}/delete/", {"post": "yes"}).status_code == 302
    assert may_have_tools("acme/owl")
