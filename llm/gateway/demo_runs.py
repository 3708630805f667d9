"""How the scripted demo takes part in a run, so that every mode can be seen without a key. Pure.

It reads what a run's turn is shown (`<run>`, written by llm/runs/briefing.py): what has to be handed in,
and out of which choices. Choices are drawn by voice and words, so that voices differ and the same
run goes the same way again. None of it is thought.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from xml.sax.saxutils import unescape

from llm.gateway.demo_text import Answer, Call, ToolUse, composed, read_call, topics_of
from llm.gateway.demo_voices import NEUTRAL, VOICES

_RUN = re.compile(r"<run>\n(.*?)\n</run>", re.DOTALL)
_HAND_IN = re.compile(r"^Hand in with submit: (.*)$", re.MULTILINE)
_CHOICES = re.compile(r"^The choices, one to a line:\n((?:- .*(?:\n|\Z))+)", re.MULTILINE)
_LABEL = r"(?:Side [A-H]|Answer [A-H]|[A-H])"
_BLOCK = re.compile(
    rf"^({_LABEL}):\n(.*?)(?=^(?:{_LABEL}|Your own answer):\n|^Hand in|\Z)", re.MULTILINE | re.DOTALL
)
_OWN = re.compile(r"^Your own answer:\n(.*?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
_DRAFT = re.compile(r"^The draft, by [^\n]*:\n(.*)\Z", re.MULTILINE | re.DOTALL)
_ARGUED = re.compile(r"You argue for: (.*)\.(?: |$)", re.MULTILINE)
_RANKED = re.compile(r"^\d+\. (.*) \(on the average", re.MULTILINE)
_DONE = re.compile(r"^- (?!nothing yet)([^\n:]+): ", re.MULTILINE)
_LEDGER = re.compile(r"What was done:\n(.*?)\nThe progress", re.DOTALL)
_SAID = re.compile(
    r"<message id=\"(\d+)\" speaker=\"([^\"]*)\" kind=\"AI persona\"[^>]*>\n(.*?)\n</message>", re.DOTALL
)

# What the leader notes once people were asked: so that it asks no second time.
ASKED = "People were asked to decide"
ALTERNATIVE_CHARACTERS = 80
_OR = re.compile(r"(?:^|[.:!?] )([^.:!?]*) or ([^,.:!?]+)\?")
_PERSON = re.compile(
    r"<message id=\"\d+\" speaker=\"[^\"]*\" kind=\"person\"[^>]*>\n(.*?)\n</message>", re.DOTALL
)

# A round in which there is something to answer.
_LATER = re.compile(r"^Round (?:[2-9]|1\d) of|^Round 1 of \d+ against ", re.MULTILINE)

_Part = Callable[["_Turn"], Answer]


class _Turn:
    """A run's turn as the demo reads it."""

    def __init__(self, call: Call, run: str, content: str, lens: str) -> None:
        self.call, self.run, self.lens = call, run, lens
        self.voice = VOICES.get(lens, NEUTRAL)
        found = _CHOICES.search(run)
        self.choices = [line.removeprefix("- ") for line in found[1].splitlines()] if found else []
        asked = _HAND_IN.search(run)
        self.asked = asked[1] if asked else ""
        self.blocks: Mapping[str, str] = {label: text.strip() for label, text in _BLOCK.findall(run)}
        self.others = [
            (unescape(name), unescape(text)) for _, name, text in _SAID.findall(content) if name != call.me
        ]
        said = _PERSON.findall(content)
        # What a person said last: of a run that has asked them something, the answer.
        self.decided = " ".join(unescape(said[-1]).split()).rstrip(" .") if said else ""
        self.topic = topics_of(call)[0]

    @property
    def has_more_to_say(self) -> bool:
        """Now and then, where it is no round that the others are not to see."""
        return "Nobody is shown what you write" not in self.run and self.drawn(self.run) % 4 == 0

    def drawn(self, *words: str) -> int:
        """A number for this voice and these words."""
        seed = "\x00".join((self.lens, self.call.text, *words))
        return hashlib.sha256(seed.encode()).digest()[0]


def run_answer(messages: Sequence[tuple[str, str]], lens: str) -> Answer | None:
    """What the voice says and hands in; None where this is no turn of a run."""
    content = next((content for role, content in reversed(messages) if role == "user"), "")
    found = _RUN.search(content)
    if found is None:
        return None
    call = read_call(messages, is_whole=True)
    turn = _Turn(call, unescape(found[1]), content, lens)
    for mark, part in _HANDED_IN.items():
        if turn.asked.startswith(mark):
            return part(turn)
    said = _speech(turn)
    return said if said.use is not None or not turn.has_more_to_say else replace(said, use=_hand(turn))


def _hand(turn: _Turn) -> ToolUse:
    line = f"Once more about {turn.topic}: I would look for {turn.voice.stance}."
    return ToolUse("raise_hand", {"line": line})


def _submit(text: str, **fields: str | list[str]) -> Answer:
    return Answer(text, ToolUse("submit", dict(fields)))


def _ballot(turn: _Turn) -> Answer:
    choices = turn.choices or [
        f"start small with {turn.topic}",
        f"try {turn.topic} first",
        f"wait with {turn.topic}",
    ]
    confidence = str(55 + turn.drawn("sure") % 40)
    reason = f"I looked for {turn.voice.stance}."
    own = _OWN.search(turn.run)
    if own is None:
        # In a last vote the most chosen stands first.
        is_last = "the last vote" in turn.run
        choice = choices[0 if is_last and turn.drawn("vote") % 3 else turn.drawn("ballot") % len(choices)]
        return _submit("", choice=choice, confidence=confidence, reason=reason)
    mine = _choice_of(own[1])
    others = [_choice_of(text) for text in turn.blocks.values()]
    common = max(sorted(set(others)), key=others.count) if others else mine
    choice = common if turn.drawn(*turn.blocks.values()) % 3 else mine
    points = [f"**{label}** leaves open how we would notice that it is wrong." for label in turn.blocks]
    if choice != mine:
        points.append(f"I change my mind: “{choice}” can be taken back more easily than what I had.")
        reason = "It can be taken back more easily."
    else:
        points.append("Nothing here moves me from mine.")
    return _submit("\n\n".join(points), choice=choice, confidence=confidence, reason=reason)


def _choice_of(text: str) -> str:
    """Of an answer as it is shown: what was chosen, with the reason behind it."""
    return text.split(". ", 1)[0].rstrip(".").strip("* ")


def _verdict(turn: _Turn) -> Answer:
    # By what a side said, so that its place makes no difference.
    def weight(label: str) -> bytes:
        return hashlib.sha256(re.sub(r"Side [A-H]", "", turn.blocks[label]).encode()).digest()

    best = max(turn.blocks, key=weight, default="")
    best = best if best in turn.choices else turn.choices[0]
    return _submit("", choice=best, reason=f"{best} said what would have to be true for it to be right.")


def _ranking(turn: _Turn) -> Answer:
    order = sorted(turn.choices, key=lambda label: turn.drawn(turn.blocks.get(label, label)))
    return _submit("", ranking=order, reason=f"The first has most of {turn.voice.stance}.")


def _lead(turn: _Turn) -> Answer:
    ledger = _LEDGER.search(turn.run)
    done = _DONE.findall(ledger[1]) if ledger else []
    open_ = [name for name in turn.choices if name not in done]
    progress = [f"{name} has delivered" for name in dict.fromkeys(done)]
    alternatives = _alternatives(turn.call.text)
    has_asked = ASKED in turn.run
    if done and alternatives and not has_asked:
        question = f"{done[-1]} has delivered. What do you prefer, before the others go on?"
        return _submit("", question=question, options=alternatives, progress=[*progress, ASKED])
    if has_asked:
        progress = [ASKED, *progress]
    if not open_:
        chosen = f" You decided: {turn.decided}." if has_asked and turn.decided else ""
        reason = f"Everybody has delivered on {turn.topic}.{chosen}"
        return _submit("", done="yes", reason=reason, progress=progress)
    task = f"say what you would do first about {turn.topic}, and how we see that it works"
    return _submit("", next=open_[0], instruction=task, progress=[*progress, f"{open_[0]} is next"])


def _alternatives(goal: str) -> list[str]:
    """“Tea or coffee?” has two: as many words before “or” as there are behind it, to the end of what is
    asked. None where it is no such question."""
    found = _OR.search(" ".join(goal.split()))
    if found is None:
        return []
    right = found[2].split()
    left = found[1].split()[-len(right) :]
    return [" ".join(words)[:ALTERNATIVE_CHARACTERS] for words in (left, right)] if left != right else []


def _speech(turn: _Turn) -> Answer:
    draft = _DRAFT.search(turn.run)
    if draft is not None:
        stance = turn.voice.stance
        return Answer(f"{draft[1].strip()}\n- Then look for {stance}.")
    if "goes from hand to hand" in turn.run or "You are the first; the others go on" in turn.run:
        return Answer(f"**{turn.call.text.strip()}**\n\n- Begin with {turn.topic}.")
    if "You chair this council" in turn.run:
        return Answer(_synthesis(turn))
    argued = _ARGUED.search(turn.run)
    call = turn.call
    if argued is not None:
        return Answer(f"I argue for **{argued[1]}**.\n\n{composed(call, turn.lens, salt=turn.run)}")
    if turn.others and _LATER.search(turn.run):
        # It takes up what the last one ended with, and stays with the matter.
        name, text = turn.others[-1]
        last = text.strip().splitlines()[-1]
        return Answer(composed(replace(call, speaker=name, text=last), turn.lens, about=call, salt=turn.run))
    return Answer(composed(call, turn.lens, salt=turn.run))


def _synthesis(turn: _Turn) -> str:
    ranked = _RANKED.findall(turn.run)
    first = f"The answer of **{ranked[0]}** was ranked best, and carries this." if ranked else "Put together:"
    return (
        f"{first}\n\n- We begin with {turn.topic}.\n- We look for {turn.voice.stance}.\n\n"
        "Open: who does it, and by when."
    )


_HANDED_IN: Mapping[str, _Part] = {
    "choice, confidence": _ballot,
    "choice (the better side)": _verdict,
    "ranking": _ranking,
    "next": _lead,
}
