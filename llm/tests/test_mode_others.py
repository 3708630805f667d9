"""Round robin, relay, council, and leader and followers. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from dataclasses import replace

from llm.orchestration.modes import council, leader, relay, round_robin
from llm.orchestration.values import Answer, Finish, History, Setup, Speak, SpeakTogether, Speech, Wait
from llm.tests.mode_runs import ADA, BO, CY, DEE, End, history, outcome, play, setup, take


def writing(known: History, speech: Speech) -> End:
    return End(text=f"Text {len(known.taken) + 1}.")


def test_everybody_speaks_in_turn() -> None:
    """30"""
    played = play(round_robin.MODE, history(setup(rounds=2)), writing)
    assert played.spoke() == ["Ada", "Bo", "Cy", "Ada", "Bo", "Cy"]
    assert played.end.message == "All 2 rounds are over."
    assert round_robin.MODE.outcome(played.history) is None


def test_each_is_given_the_draft_of_the_one_before() -> None:
    """31"""
    played = play(relay.MODE, history(setup(rounds=1)), writing)
    shown = [relay.MODE.brief(played.history, turn) for turn in played.history.taken]
    assert "Text" not in shown[0]
    assert "The draft, by Ada:\nText 1." in shown[1]
    assert "The draft, by Bo:\nText 2." in shown[2]
    made = outcome(relay.MODE, played)
    assert (made.decision, made.numbers) == ("Text 3.", (3,))


def test_who_fails_in_a_relay_hands_on_what_there_was() -> None:
    """32"""

    def script(known: History, speech: Speech) -> End:
        return End("failed") if speech.member == BO else writing(known, speech)

    played = play(relay.MODE, history(setup(rounds=1)), script)
    assert "The draft, by Ada:" in relay.MODE.brief(played.history, played.history.taken[2])


def ranking(known: History, speech: Speech) -> End:
    if speech.ask is None:
        return writing(known, speech)
    return End(answer=Answer(ranking=tuple(sorted(speech.ask.choices))))


def test_a_council_ranks_without_names_and_without_ones_own() -> None:
    """33"""
    known = history(setup(offices=(("chair", BO),)))
    played = play(council.MODE, known, ranking)
    assert played.spoke() == ["Ada", "Bo", "Cy", "Ada", "Bo", "Cy", "Bo"]
    letters = council._letters(played.history)
    for turn in played.history.of("ranking"):
        assert turn.ask is not None
        own = next(letter for letter, id_ in letters.items() if id_ == turn.member)
        assert own not in turn.ask.choices
        assert f"{own}:" not in council.MODE.brief(played.history, turn)
    made = outcome(council.MODE, played)
    assert made.decision == "Text 7."
    # A is the first of all who may rank it, and B of A itself.
    assert [len(count.members) for count in made.after] == [2, 1, 0]
    assert "1. " in council.MODE.brief(played.history, played.history.taken[-1])


def test_a_council_of_two_ranks_nothing() -> None:
    """34"""
    played = play(council.MODE, history(setup((ADA, BO), offices=(("chair", ADA),))), ranking)
    assert played.spoke() == ["Ada", "Bo", "Ada"]


def test_a_chair_that_fails_leaves_the_answers() -> None:
    """35"""

    def script(known: History, speech: Speech) -> End:
        return End("failed") if speech.part == "synthesis" else ranking(known, speech)

    played = play(council.MODE, history(setup(offices=(("chair", ADA),))), script)
    assert played.end.reason == "errors"
    assert not outcome(council.MODE, played).is_decided


def led(rounds: int = 6) -> Setup:
    return setup((ADA, BO), offices=(("leader", DEE),), rounds=rounds)


def leading(*answers: Answer | None) -> object:
    left = list(answers)

    def script(known: History, speech: Speech) -> End:
        return End(text="Words.", answer=left.pop(0)) if speech.part == "leader" else writing(known, speech)

    return script


def test_the_leader_names_who_is_next_and_what_for() -> None:
    """36"""
    script = leading(
        Answer(next="Bo", instruction="Draw it."), Answer(next="Ada"), Answer(is_done=True, reason="A plan.")
    )
    played = play(leader.MODE, history(led()), script)  # type: ignore[arg-type]
    assert played.spoke() == ["Dee", "Bo", "Dee", "Ada", "Dee"]
    second = played.decisions[1]
    assert isinstance(second, Speak)
    assert second.speech.task == "Draw it."
    assert outcome(leader.MODE, played).decision == "A plan."


def test_a_question_to_people_waits_until_the_run_goes_on() -> None:
    """37"""
    script = leading(Answer(question="Which one?", options=("this", "that")))
    played = play(leader.MODE, history(led()), script)  # type: ignore[arg-type]
    last = played.decisions[-1]
    assert last == Wait("Which one?", ("this", "that"))
    answered = replace(played.history, asked_at=frozenset({1}))
    again = leader.MODE.decide(answered)
    assert isinstance(again, Speak)
    assert again.speech.part == "leader"
    assert outcome(leader.MODE, played).questions[0].text == "Which one?"


def test_a_leader_that_makes_no_sense_twice_is_passed_over_once() -> None:
    """38"""
    script = leading(None, None, Answer(is_done=True))
    played = play(leader.MODE, history(led()), script)  # type: ignore[arg-type]
    assert played.spoke() == ["Dee", "Dee", "Ada", "Dee"]


def test_a_leader_that_fails_twice_ends_it() -> None:
    """39"""
    played = play(leader.MODE, history(led()), lambda known, speech: End("failed"))
    assert played.end == Finish("errors", "The leader can't go on.")


def test_a_leader_that_gives_nobody_anything_to_do_ends_it() -> None:
    """43: asks people without end, or fails and says nothing by turns."""
    asking = Answer(question="Which one?", options=("this", "that"))
    known = history(led())
    for number in range(leader.LEADS_MOST):
        decision = leader.MODE.decide(known)
        assert isinstance(decision, Speak), f"after {number}"
        known = take(known, decision, lambda known, speech: End(text="Words.", answer=asking))
        assert isinstance(leader.MODE.decide(known), Wait)
        known = replace(known, asked_at=known.asked_at | {len(known.taken)})
    end = leader.MODE.decide(known)
    assert isinstance(end, Finish)
    assert (end.reason, end.message) == ("stall", "The leader spoke 6 times and gave nobody anything to do.")


def test_the_last_word_is_the_leaders() -> None:
    """40"""
    script = leading(*[Answer(next="Bo", instruction="More.")] * 3)
    played = play(leader.MODE, history(led(rounds=2)), script)  # type: ignore[arg-type]
    assert played.spoke() == ["Dee", "Bo", "Dee", "Bo", "Dee"]
    assert played.end.reason == "rounds"


def test_the_leader_is_shown_what_was_done() -> None:
    """41"""
    script = leading(
        Answer(next="Bo", progress=("the plan is open",)), Answer(is_done=True, progress=("all done",))
    )
    played = play(leader.MODE, history(led()), script)  # type: ignore[arg-type]
    shown = leader.MODE.brief(played.history, played.history.taken[2])
    assert "- Bo: Text 2." in shown
    assert "- the plan is open" in shown
    assert [point.text for point in outcome(leader.MODE, played).tasks] == ["all done"]


def test_a_first_answer_that_fails_is_none() -> None:
    """42: a council goes on with those who have answered."""
    known = history(setup((ADA, BO, CY), offices=(("chair", CY),)))
    decision = council.MODE.decide(known)
    assert isinstance(decision, SpeakTogether)

    def script(known: History, speech: Speech) -> End:
        return End("stopped") if speech.member == ADA else ranking(known, speech)

    assert council.MODE.decide(take(known, decision, script)) == Speak(
        Speech(CY, "synthesis", "synthesis", council.SYNTHESIS_TASK), opens=("answers", "ranking")
    )
