"""What holds for every mode, whatever its members do. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.orchestration.registry import MODES
from llm.orchestration.values import (
    Answer,
    Finish,
    History,
    Mode,
    Setup,
    Speak,
    SpeakTogether,
    Speech,
    TakenState,
    Wait,
)
from llm.runs.driver import as_data
from llm.tests.mode_runs import (
    ADA,
    BO,
    CY,
    DEE,
    NAMES,
    End,
    Played,
    Script,
    history,
    play,
    said,
    setup,
    take,
    without,
)

STATES: list[TakenState] = ["done", "done", "done", "passed", "failed", "stopped", "blocked"]
BY_MODE = pytest.mark.parametrize("mode", MODES, ids=[mode.name for mode in MODES])


def setup_for(mode: Mode, *, rounds: int = 0) -> Setup:
    """With everybody that the mode wants: Dee has its office where that is apart."""
    apart = mode.offices if mode.are_offices_apart else ()
    offices = tuple((office, DEE if office in apart else ADA) for office in mode.offices)
    return setup((ADA, BO, CY), offices=offices, rounds=rounds or mode.rounds)


def answer_for(speech: Speech, which: int) -> Answer | None:
    """Some answer that the ask takes."""
    if speech.ask is None:
        return None
    choices = speech.ask.choices or ("Monday", "Friday", "Sunday")
    match speech.ask.kind:
        case "ballot" | "verdict":
            return Answer(choices[which % len(choices)], which % 101, "So it seems.")
        case "ranking":
            start = which % len(choices)
            return Answer(ranking=(*choices[start:], *choices[:start]))
        case "lead" if which % 7 == 0:
            return Answer(is_done=True, reason="It is done.")
        case "lead" if which % 11 == 0:
            return Answer(question="Which one?", options=("this", "that"))
        case "lead":
            return Answer(next=choices[which % len(choices)], instruction="Draw it.", progress=("a plan",))


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    ends = draw(st.lists(st.tuples(st.sampled_from(STATES), st.integers(0, 1_000)), min_size=1, max_size=40))

    def script(known: History, speech: Speech) -> End:
        state, which = ends[(len(known.taken) + speech.member.int) % len(ends)]
        if state != "done":
            return End(state)
        if which % 5 == 0:
            return End(text="")  # neither a word nor an answer
        return End(text=f"Text {which}.", answer=answer_for(speech, which))

    return script


@BY_MODE
@given(data=st.data())
def test_every_run_comes_to_an_end_and_only_those_who_are_here_speak(mode: Mode, data: st.DataObject) -> None:
    """1: whatever turns come to, whoever leaves, and whatever people say in between."""
    script = data.draw(scripts())
    leaving = data.draw(st.dictionaries(st.integers(0, 30), st.sampled_from([ADA, BO, CY, DEE]), max_size=3))
    rounds = data.draw(st.integers(1, 4))
    known, decisions = history(setup_for(mode, rounds=rounds)), 0
    while True:
        decisions += 1
        assert decisions < 200
        if decisions in leaving:
            known = without(known, leaving[decisions])
        if data.draw(st.booleans()):
            known = said(known)
        if len(known.cast) < mode.least:
            break  # the driver ends it
        decision = mode.decide(known)
        assert mode.decide(known) == decision
        assert as_data(decision, after=len(known.taken))["kind"]
        if isinstance(decision, Finish):
            assert decision.message.endswith(".")
            break
        if isinstance(decision, Wait):
            assert decision.question
            known = History(**{**vars(known), "asked_at": known.asked_at | {len(known.taken)}})
            continue
        _check(mode, known, decision)
        known = take(known, decision, script)
        for turn in known.taken:
            mode.brief(known, turn)
    made = mode.outcome(known)
    if made is not None:
        numbers = {turn.number for turn in known.taken}
        assert made.decision
        assert set(made.numbers) <= numbers
        assert {change.number for change in made.changed} | {view.number for view in made.minority} <= numbers


def _check(mode: Mode, known: History, decision: Speak | SpeakTogether) -> None:
    speeches = decision.speeches if isinstance(decision, SpeakTogether) else (decision.speech,)
    assert speeches
    allowed = {*known.setup.cast, *(id_ for _, id_ in known.setup.offices)}
    for speech in speeches:
        assert speech.member in allowed
        assert known.is_here(speech.member)
        assert speech.phase in mode.phases
        assert speech.task
    if isinstance(decision, SpeakTogether):
        # Nobody is asked the same twice at once, and what several say at once is sealed.
        assert len({(speech.member, speech.part) for speech in speeches}) == len(speeches)
        assert all(speech.is_sealed for speech in speeches)
    else:
        # In the open nothing of before may be sealed any more, or it would be answered unseen.
        left = {turn.phase for turn in known.taken if turn.is_sealed} - set(decision.opens)
        assert decision.speech.is_sealed or not left


@BY_MODE
def test_what_is_expected_is_about_what_it_takes(mode: Mode) -> None:
    """2: the price before is of about as many turns as there are, where all goes well."""
    given_ = setup_for(mode)
    played = play_well(mode, given_)
    expected = mode.expected(given_)
    assert set(expected) <= set(NAMES)
    assert abs(len(played.history.taken) - len(expected)) <= len(given_.cast)


def play_well(mode: Mode, given_: Setup) -> Played:
    def script(known: History, speech: Speech) -> End:
        if speech.ask is not None and speech.ask.kind == "lead":
            done = sum(turn.part == "follower" for turn in known.taken)
            names = [NAMES[id_] for id_ in given_.cast]
            lead = Answer(is_done=True) if done == len(names) else Answer(next=names[done])
            return End(answer=lead)
        which = (
            0 if speech.ask is None or speech.round > 1 or speech.phase != "answers" else speech.member.int
        )
        return End(text=f"Words {len(known.taken)}.", answer=answer_for(speech, which))

    return play(mode, history(given_), script)


@BY_MODE
def test_nobody_sees_what_is_sealed_before_everybody_has_answered(mode: Mode) -> None:
    """3: what a sealed turn is shown is nothing of those that answer beside it."""

    def script(known: History, speech: Speech) -> End:
        return End(
            text=f"secret-{speech.phase}-{speech.round}-{speech.member.int}", answer=answer_for(speech, 1)
        )

    def look(known: History) -> History:
        for turn in known.taken:
            beside = [
                t
                for t in known.of(turn.phase, turn.round)
                if t.is_sealed and turn.is_sealed and t.member != turn.member
            ]
            shown = mode.brief(known, turn)
            assert not [t for t in beside if t.text in shown]
        return known

    play(mode, history(setup_for(mode)), script, look)


def test_every_mode_has_its_own_name_and_says_what_it_is() -> None:
    """4: names are unique, and every phase fits its column."""
    assert len({mode.name for mode in MODES}) == len(MODES) == 6
    for mode in MODES:
        assert len(mode.name) <= 20
        assert mode.title
        assert mode.about.endswith(".")
        assert all(len(phase) <= 20 for phase in mode.phases)


@BY_MODE
@pytest.mark.parametrize("gone", [ADA, BO, CY], ids=["ada", "bo", "cy"])
def test_a_member_that_leaves_is_passed_over(mode: Mode, gone: UUID) -> None:
    """5: at each boundary of a run, the rest goes on and comes to an end."""
    for boundary in range(len(play_well(mode, setup_for(mode)).decisions)):
        _play_without(mode, gone, boundary)


def _play_without(mode: Mode, gone: UUID, boundary: int) -> None:
    """They leave at that boundary, counted from 0."""
    seen = 0

    def leave(known: History) -> History:
        nonlocal seen
        seen += 1
        return without(known, gone) if seen > boundary else known

    def script(known: History, speech: Speech) -> End:
        assert seen <= boundary or speech.member != gone
        return End(text="Words.", answer=answer_for(speech, 7))

    play(mode, history(setup_for(mode)), script, leave)


@pytest.mark.parametrize(
    "mode", [mode for mode in MODES if mode.name != "leader"], ids=lambda mode: mode.name
)
def test_a_turn_that_is_taken_again_is_asked_for_as_if_it_had_not_been(mode: Mode) -> None:
    """7: a leader decides by themselves what follows on a failure."""
    first = mode.decide(history(setup_for(mode)))
    assert isinstance(first, Speak | SpeakTogether)

    def script(known: History, speech: Speech) -> End:
        if speech.member == ADA:
            return End("failed")
        return End(text=f"Text {len(known.taken)}.", answer=answer_for(speech, len(known.taken)))

    known = take(history(setup_for(mode)), first, script)
    assert ADA not in _asked(mode.decide(known))
    again = replace(known, taken=tuple(replace(turn, is_retaken=turn.member == ADA) for turn in known.taken))
    decision = mode.decide(again)
    assert isinstance(decision, Speak | SpeakTogether)
    [speech] = [one for one in _speeches(decision) if one.member == ADA]
    assert speech in _speeches(first)
    # Taken once more, it is not asked for a third time.
    assert ADA not in _asked(mode.decide(take(again, decision, script)))


def _speeches(decision: object) -> tuple[Speech, ...]:
    if isinstance(decision, Speak):
        return (decision.speech,)
    return decision.speeches if isinstance(decision, SpeakTogether) else ()


def _asked(decision: object) -> set[UUID]:
    """Whom it asks for what was asked first."""
    first = {"speaker", "opening", "answer"}
    return {one.member for one in _speeches(decision) if one.part in first and one.round == 1}
