"""What clients are told of what more voices are likely to bring. Pure."""

from __future__ import annotations

from typing import Literal

from rooms.protocol.base import Id, Shape


class RangeShape(Shape):
    """A number with its interval of 95 %."""

    value: float
    low: float
    high: float


class VoicePairShape(Shape):
    """Two of the cast: in how many `votes` they could be compared, in how many they chose the same
    (`agreed`), and `beyond_chance`, 1 for always the same and 0 for as often as by chance. `basis` says
    whether these are their own votes, or those of their models where they have too few; with null there is
    no number."""

    one_id: Id
    other_id: Id
    is_same_model: bool
    basis: Literal["own", "models"] | None
    votes: int
    agreed: float
    beyond_chance: RangeShape | None


class ModelPairShape(Shape):
    """The same for all personas of two models, or different personas of one. A vote counts once, with the
    mean of those who voted; `beyond_chance` is null where there are too few votes."""

    one: str
    other: str
    votes: int
    agreed: float
    beyond_chance: RangeShape | None


class GroupSizeShape(Shape):
    """Of `votes` that more than `size` personas answered, and that decided something, in how many (`same`) a
    group of `size` would have decided as all did, on the average over all such groups; as a `share`."""

    size: int
    votes: int
    same: float
    share: RangeShape


class RunAdvice(Shape):
    """What more voices are likely to bring, from the room's last votes in which personas chose before they
    heard each other. `line` is for people. `worth` is how many independent voices the cast comes to,
    `one_more` with another like these; null where fewer than `least` votes compare them. Agreement is not
    truth: nothing here says who is right. Votes that are sealed still, and anonymous ones, are not in it."""

    line: str
    votes: int
    least: int
    worth: RangeShape | None
    one_more: float | None
    pairs: list[VoicePairShape]
    models: list[ModelPairShape]
    sizes: list[GroupSizeShape]
