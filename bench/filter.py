"""The speaker's filter: microseconds a chunk, and beside a bare loop over the same chunks."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from llm.scriptlines import Voice
from llm.speaker import Speaker

PARAGRAPH = (
    "The promising part is the first one: if only that worked, somebody would still be glad of it.\n\n"
    "- a list: with a colon\n- and another\n\n```python\nprint('Bob: no')\n```\n\nWhat do *you* think?\n"
)
OTHERS = [Voice(f"Somebody {number}", "Engineer") for number in range(13)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    text = PARAGRAPH * 20
    for size in (1, 4, 20):
        chunks = [text[at : at + size] for at in range(0, len(text), size)]
        filtered = statistics.median(_seconds(_filter, chunks) for _ in range(options.rounds))
        bare = statistics.median(_seconds(_bare, chunks) for _ in range(options.rounds))
        each = filtered / len(chunks) * 1e6
        print(
            f"chunks of {size:2} characters: {each:.2f} µs a chunk, {filtered / bare:.0f} times a bare loop"
        )


def _seconds(work: Callable[[list[str]], object], chunks: list[str]) -> float:
    began = time.perf_counter()
    work(chunks)
    return time.perf_counter() - began


def _filter(chunks: list[str]) -> None:
    speaker = Speaker("Ada", "Engineer", others=OTHERS, keywords=("pass", "mention"))
    for chunk in chunks:
        speaker.say(chunk)
    speaker.rest()


def _bare(chunks: list[str]) -> str:
    shown = []
    for chunk in chunks:
        shown.append(chunk)
    return "".join(shown)


if __name__ == "__main__":
    main()
