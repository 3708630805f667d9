"""A consensus. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from llm.orchestration.modes import consensus
from llm.orchestration.values import Answer, History, SpeakTogether, Speech
from llm.tests.mode_runs import ADA, BO, CY, DEE, End, choosing, history, outcome, play, setup

MODE = consensus.MODE
CHOICES = ("Monday", "Friday", "Sunday")


def given(cast: tuple[object, ...] = (ADA, BO, CY), **values: object) -> History:
    return history(setup(cast, **{"choices": CHOICES, **values}))  # type: ignore[arg-type]


def test_a_quorum_of_the_first_answers_ends_it() -> None:
    """20"""
    played = play(MODE, given(), choosing({ADA: "Friday", BO: "friday", CY: "Monday"}))
    made = outcome(MODE, played)
    assert played.end.reason == "consensus"
    assert len(played.history.taken) == 3
    assert (made.decision, made.is_decided) == ("Friday", True)
    assert [(view.member, view.choice) for view in made.minority] == [(CY, "Monday")]
    assert made.minority[0].reason == "Cy thinks so."


def test_free_answers_are_one_where_they_say_the_same() -> None:
    """21"""
    played = play(
        MODE, given(choices=()), choosing({ADA: "On Friday!", BO: "on friday", CY: "**On Friday**"})
    )
    assert outcome(MODE, played).after[0].members == (ADA, BO, CY)


def test_who_changed_their_mind_is_told_with_the_reason() -> None:
    """22"""
    played = play(MODE, given(), choosing({ADA: "Friday", BO: ["Monday", "Friday"], CY: "Sunday"}))
    made = outcome(MODE, played)
    assert played.end.reason == "consensus"
    assert played.spoke("critique") == ["Ada", "Bo", "Cy"]
    assert [(c.member, c.before, c.after, c.reason) for c in made.changed] == [
        (BO, "Monday", "Friday", "Bo thinks so.")
    ]
    assert [count.choice for count in made.before] == ["Friday", "Monday", "Sunday"]
    assert made.after[0].members == (ADA, BO)


def test_after_two_critiques_the_most_votes_decide() -> None:
    """23"""
    votes = {ADA: "Friday", BO: "Monday", CY: "Sunday", DEE: ["Sunday", "Sunday", "Sunday", "Friday"]}
    played = play(MODE, given((ADA, BO, CY, DEE)), choosing(votes))
    assert len(played.spoke("critique")) == 8
    assert played.spoke("vote") == ["Ada", "Bo", "Cy", "Dee"]
    made = outcome(MODE, played)
    assert (made.decision, made.is_decided) == ("Friday", True)
    assert played.end.message == "Most are for “Friday”, without a quorum."


def test_a_tie_is_no_decision() -> None:
    """24"""
    played = play(MODE, given((ADA, BO)), choosing({ADA: "Friday", BO: "Monday"}))
    made = outcome(MODE, played)
    assert played.end.message == "The vote is split."
    assert not made.is_decided
    assert made.minority == ()


def test_critiques_are_shown_answers_without_names() -> None:
    """25"""
    played = play(MODE, given(), choosing({ADA: "Friday", BO: "Monday", CY: "Sunday"}))
    for turn in played.history.of("critique", 1):
        shown = MODE.brief(played.history, turn)
        others = {"Friday", "Monday", "Sunday"}
        assert all(choice in shown for choice in others)
        texts = shown.split("Your own answer")
        assert len(texts) == 2
        own = {ADA: "Friday", BO: "Monday", CY: "Sunday"}[turn.member]
        assert own not in texts[0]
        # Reasons are shown as they were written; names come of nothing else.
        assert "Answer A:" in texts[0]
        assert "Answer B:" in texts[0]


def test_everything_stays_sealed_until_the_vote() -> None:
    """26"""
    played = play(MODE, given(), choosing({ADA: "Friday", BO: "Monday", CY: "Sunday"}))
    together = [decision for decision in played.decisions if isinstance(decision, SpeakTogether)]
    assert [decision.opens for decision in together] == [(), (), (), ("answers", "critique")]
    assert all(speech.is_sealed for decision in together for speech in decision.speeches)


def test_nonsense_is_asked_once_more_and_then_an_abstention() -> None:
    """27"""

    def script(known: History, speech: Speech) -> End:
        return End(text="Hm.") if speech.member == CY else End(answer=Answer("Friday"))

    played = play(MODE, given(), script)
    assert played.spoke() == ["Ada", "Bo", "Cy", "Cy"]
    assert outcome(MODE, played).after[0].members == (ADA, BO)


def test_where_nobody_answers_nothing_is_decided() -> None:
    """28"""
    played = play(MODE, given(), lambda known, speech: End("failed"))
    assert played.end.message == "Nobody has handed in an answer."
    assert MODE.outcome(played.history) is None
