"""Whom a message calls, held against who is in the room: pure, and without a database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.calling import MOST_STEPS, Facts, Persona, Plan, plan
from llm.reading import read
from llm.reasons import Reason
from llm.tests.test_reading import TEXTS
from rooms.mentions import Mentionable

PERSONAS = ["Ada", "Bo", "Cy"]
PEOPLE = ["Alice", "Bob"]
NAMES = [*PERSONAS, *PEOPLE]
CAST = [Mentionable(UUID(int=i), (name,)) for i, name in enumerate(NAMES)]
ID = {name: UUID(int=i) for i, name in enumerate(NAMES)}


def facts(text: str, author: str = "Alice", **others: Any) -> Facts:
    return Facts(
        author=ID[author],
        is_person=author in PEOPLE,
        personas=[Persona(ID[name]) for name in PERSONAS],
        reading=read(text, CAST),
        **others,
    )


def muting(facts: Facts, name: str) -> Facts:
    return replace(facts, personas=[Persona(p.id, is_muted=p.id == ID[name]) for p in facts.personas])


def woken(planned: Plan) -> list[str]:
    return [f"{NAMES[w.id.int]} {w.cause}{' refused' if w.is_refused else ''}" for w in planned.wakes]


def later(planned: Plan) -> list[tuple[str, str]]:
    return [(NAMES[s.id.int], "+".join(NAMES[a.int] for a in s.after if a)) for s in planned.steps]


def why(planned: Plan) -> dict[str, Reason]:
    return {NAMES[id_.int]: reason for reason, ids in planned.why.items() for id_ in ids}


def test_who_is_named_is_woken_and_the_others_are_told_why_not() -> None:
    planned = plan(facts("@Ada look, cc @Bo"))
    assert woken(planned) == ["Ada mention"]
    assert why(planned) == {"Ada": "mention", "Bo": "informed", "Cy": "other_called"}


@pytest.mark.parametrize(("field", "reason"), [("is_archived", "archived"), ("is_quiet", "quiet")])
def test_nobody_is_called(field: str, reason: Reason) -> None:
    asked = facts("@all and @Ada, then @Bo", replied_to=ID["Cy"])
    planned = plan(replace(asked, is_archived=field == "is_archived", is_quiet=field == "is_quiet"))
    assert (woken(planned), planned.steps, planned.candidates) == ([], (), ())
    assert why(planned) == dict.fromkeys(PERSONAS, reason)


def test_a_muted_persona_is_refused_where_a_person_calls_it_and_passed_over_else() -> None:
    assert woken(plan(muting(facts("@Ada and @Bo"), "Ada"))) == ["Ada mention refused", "Bo mention"]
    assert woken(plan(muting(facts("Why?", replied_to=ID["Ada"]), "Ada"))) == ["Ada reply refused"]
    assert woken(plan(muting(facts("@all"), "Ada"))) == ["Bo mention_all", "Cy mention_all"]
    handed = plan(muting(facts("@Ada and @Bo", author="Cy"), "Ada"))
    assert woken(handed) == ["Bo handover"]
    assert why(handed)["Ada"] == "muted"
    routed = plan(muting(facts("Who knows?", policy="router", is_routed=True), "Ada"))
    assert [NAMES[id_.int] for id_ in routed.candidates] == ["Bo", "Cy"]
    assert why(routed)["Ada"] == "muted"


def test_a_persona_calls_neither_itself_nor_everybody() -> None:
    planned = plan(facts("@Ada and @all and @Bo", author="Ada"))
    assert woken(planned) == ["Bo handover"]
    assert why(planned) == {"Ada": "author", "Bo": "handover", "Cy": "other_called"}


def test_who_was_asked_to_follow_is_not_called_by_the_reply_as_well() -> None:
    planned = plan(facts("Over to you, @Bo. And @Cy?", author="Ada", pending=frozenset({ID["Bo"]})))
    assert woken(planned) == ["Cy handover"]
    assert why(planned)["Bo"] == "pending"


def test_steps_follow_personas_and_never_people() -> None:
    assert later(plan(facts("@Ada draft, then @Bo review, then @Cy decide"))) == [("Bo", "Ada"), ("Cy", "Bo")]
    to_a_person = plan(facts("@Bob draft it, then @Ada review it"))
    assert (woken(to_a_person), later(to_a_person)) == (["Ada mention"], [])
    to_everybody = plan(facts("@all discuss, then @Cy sum up"))
    assert woken(to_everybody) == ["Ada mention_all", "Bo mention_all"]
    assert later(to_everybody) == [("Cy", "Ada+Bo")]
    assert later(plan(facts("@Ada draft, then @all comment"))) == [("Bo", "Ada"), ("Cy", "Ada")]


def test_then_at_the_beginning_goes_on_from_whom_it_replies_to() -> None:
    replying = plan(facts("Then hand over to @Bo", replied_to=ID["Ada"]))
    assert (woken(replying), later(replying)) == (["Ada reply"], [("Bo", "Ada")])
    alone = plan(facts("Then hand over to @Bo"))
    assert (woken(alone), later(alone)) == (["Bo mention"], [])


@pytest.mark.parametrize(
    ("text", "policy", "others", "expected"),
    [
        ("Hello", "silent", {}, "silent"),
        ("Hello", "reply_only", {}, "reply_only"),
        ("Hello", "router", {}, "router_no_question"),
        ("Hello?", "router", {"unrouted": "router_off"}, "router_off"),
        ("@Bob, hello?", "router", {"is_routed": True}, "other_called"),
        ("Hello?", "router", {"is_routed": True, "replied_to": ID["Bob"]}, "other_called"),
        ("Hello?", "router", {"is_routed": True}, "routed"),
    ],
)
def test_policies(text: str, policy: str, others: dict[str, Any], expected: Reason) -> None:
    planned = plan(facts(text, policy=policy, **others))
    assert woken(planned) == []
    assert why(planned) == dict.fromkeys(PERSONAS, expected)
    assert bool(planned.candidates) == (expected == "routed")


def test_reply_only_goes_on_with_whom_the_author_was_talking() -> None:
    planned = plan(facts("And why?", policy="reply_only", follows=ID["Bo"]))
    assert woken(planned) == ["Bo reply"]
    assert why(planned) == {"Ada": "other_called", "Bo": "follow_up", "Cy": "other_called"}
    assert woken(plan(muting(facts("And why?", policy="reply_only", follows=ID["Bo"]), "Bo"))) == []
    assert woken(plan(facts("@Ada?", policy="reply_only", follows=ID["Bo"]))) == ["Ada mention"]


def test_a_chain_has_an_end() -> None:
    text = "@Ada a" + ", then @Bo b, then @Ada a" * 40
    planned = plan(facts(text))
    assert len(planned.steps) <= MOST_STEPS


@given(
    TEXTS.map(lambda text: text.replace("Ольга", "Cy").replace("李雷", "Alice")),
    st.sampled_from(NAMES),
    st.sampled_from(["silent", "reply_only", "router"]),
    st.booleans(),
    st.sampled_from([None, *NAMES]),
    st.sets(st.sampled_from(PERSONAS)),
)
def test_every_persona_has_one_reason_and_only_those_who_are_here_are_woken(
    text: str, author: str, policy: str, is_routed: bool, replied_to: str | None, muted: set[str]
) -> None:
    given_ = facts(
        text, author, policy=policy, is_routed=is_routed, replied_to=ID[replied_to] if replied_to else None
    )
    given_ = replace(given_, personas=[Persona(ID[name], name in muted) for name in PERSONAS])
    planned = plan(given_)
    assert plan(given_) == planned
    told = [id_ for ids in planned.why.values() for id_ in ids]
    assert sorted(told) == sorted(ID[name] for name in PERSONAS)
    ids = [wake.id for wake in planned.wakes]
    assert len(ids) == len(set(ids))
    assert {*ids, *planned.candidates, *(s.id for s in planned.steps)} <= {ID[name] for name in PERSONAS}
    assert given_.author not in {*ids, *planned.candidates}
    for wake in planned.wakes:
        assert not wake.is_refused or NAMES[wake.id.int] in muted
        if NAMES[wake.id.int] in muted:
            assert wake.is_refused
            assert wake.cause in {"mention", "reply"}
    backwards = plan(replace(given_, personas=list(given_.personas)[::-1]))
    assert {(w.id, w.cause, w.task) for w in backwards.wakes} == {
        (w.id, w.cause, w.task) for w in planned.wakes
    }
    assert set(backwards.steps) == set(planned.steps)
