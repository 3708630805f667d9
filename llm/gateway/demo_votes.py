"""How the scripted demo votes, so that a poll shows an AI vote before any key is set up. Pure.

The voices know this one tool: they use it where the poll itself woke them, that is where the
trigger's number is that of a poll in which they are asked to vote.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from llm.gateway.demo_text import TRIGGER
from llm.gateway.demo_voices import NEUTRAL, VOICES

_POLLS = re.compile(r"<polls>\n(.*?)\n</polls>", re.DOTALL)
_OPTION = re.compile(r"^(\d+)\. ", re.MULTILINE)
_ASKED = "You are asked to vote."


def vote_of(messages: Sequence[tuple[str, str]], lens: str) -> dict[str, object] | None:
    """The arguments of `cast_vote`, or None where this request asks for no vote.

    The choice is drawn by question and voice: another voice may choose another option, and the
    same one the same again.
    """
    content = next((content for role, content in reversed(messages) if role == "user"), "")
    trigger, polls = TRIGGER.search(content), _POLLS.search(content)
    if trigger is None or polls is None or trigger[2] is None:
        return None
    head = f"Poll {trigger[2]}, "
    poll = next((poll for poll in polls[1].split("\n\n") if poll.startswith(head)), None)
    if poll is None or _ASKED not in poll.splitlines()[-1]:
        return None
    options = _OPTION.findall(poll)
    if not options:
        return None
    question = poll.splitlines()[0]
    digest = hashlib.sha256(f"{lens}\x00{question}".encode()).digest()
    voice = VOICES.get(lens, NEUTRAL)
    return {
        "poll": int(trigger[2]),
        "choices": [options[digest[0] % len(options)]],
        "reason": f"I looked for {voice.stance}.",
    }
