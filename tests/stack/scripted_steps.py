"""What the scripted provider is told and what it remembers: see `scripted_provider`."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Ending = Literal["done", "end", "cut", "stall", "error_frame", "garbage"]
WORDS = re.compile(r"\s*\S+\s*")
SYLLABLES = ("ba", "den", "fo", "gil", "hu", "ka", "lem", "mi", "nor", "pu", "ras", "se", "tov", "wi", "zan")


@dataclass(slots=True)
class Step:
    """One expected call and its answer.

    `user` and `model` are regular expressions searched in the last user message and the
    model's name. The answer is `thinking`, then `chunks` (or `text`, split into words), at
    `tokens_per_second` (0: at once; see also `Provider.hurry`) after `first_delay` seconds; then `ending`:
    done         finish_reason, usage, [DONE]
    end          a clean end of the body, without finish_reason or [DONE]
    cut          the connection is reset
    stall        nothing more, until the client leaves
    error_frame  a frame holding `error`, then a clean end
    garbage      a frame that is no JSON, then `done`
    `after` breaks off after that many chunks. A `status` other than 200 answers with `error`
    as the body instead. `frames` are sent as they are, after the chunks.
    """

    text: str = ""
    chunks: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    user: str = ""
    model: str = ""
    tokens_per_second: float = 0.0
    first_delay: float = 0.0
    after: int | None = None
    ending: Ending = "done"
    finish_reason: str | None = "stop"
    sends_done: bool = True
    usage: dict[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    )
    status: int = 200
    error: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1

    def pieces(self) -> list[str]:
        pieces = self.chunks or WORDS.findall(self.text)
        return pieces if self.after is None else pieces[: self.after]


@dataclass(slots=True)
class Call:
    """What the server saw. Times are monotonic seconds; `closed_at` is set if the client left first."""

    model: str
    user: str
    body: dict[str, Any]
    has_authorization: bool
    # A hash, because a bench may be pointed here with a real key.
    authorization_sha256: str
    is_expected: bool
    began_at: float
    first_chunk_at: float | None = None
    ended_at: float | None = None
    closed_at: float | None = None
    chunks_sent: int = 0


@dataclass(slots=True)
class Echo:
    """How calls are answered that no step expects."""

    tokens: int = 200
    tokens_per_second: float = 50.0
    first_delay: float = 0.0
    has_timestamps: bool = False
    # In the size and the variety of a model's text: never the same twice, up to a third longer or shorter.
    is_prose: bool = False

    def pieces(self, user: str) -> Iterator[str]:
        if self.is_prose:
            third = self.tokens // 3
            tokens = random.Random(user).randint(self.tokens - third, self.tokens + third)
            return itertools.islice(prose(user), tokens)
        if self.has_timestamps:
            # Lazy: each is stamped when it is sent.
            return (f"⟨{k}:{time.monotonic_ns()}⟩ " for k in range(self.tokens))
        words = itertools.chain(
            ["You ", "said: "], WORDS.findall(user), (f"word{k} " for k in itertools.count())
        )
        return itertools.islice(words, self.tokens)


def prose(seed: str) -> Iterator[str]:
    """Made-up words without end, about four characters a piece, as those of tokens are."""
    chance = random.Random(seed)
    while True:
        syllables = "".join(chance.choices(SYLLABLES, k=chance.randint(1, 2)))
        yield syllables + chance.choice(("", " ", " ", " ", ". "))
