"""What the scripted demo says: a pure function of the request's messages and the lens.

1. Find who called, with which words, and as whom we answer (`read_call`).
2. Tell the kind of call: about ourselves, greeting, thanks, too short to quote, or matter.
   A message that was cut off is gone on with instead: the sentence that it stopped in, and
   a closing.
3. Pick phrases out of the speaker's own words, and fill a voice's templates with them,
   chosen by a hash of the whole request: the same request gives the same answer, and the
   next one in the room another.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import unescape

from llm.gateway.demo_voices import NEUTRAL, VOICES, Voice

QUOTES = {"&quot;": '"', "&apos;": "'", "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"}
TRIGGER = re.compile(r"<trigger speaker=(\"[^\"]*\")(?: id=\"(\d+)\")?>(.*?)</trigger>", re.DOTALL)
# In a trigger: what it answers to, which is somebody else's words.
QUOTE = re.compile(r"<reply_to speaker=[^>]*>.*?</reply_to>", re.DOTALL)
SELF = re.compile(r"\bYou are ([^\n]+?)\. Write\b")
TASK = re.compile(r"\A\s*<task>\n(.*?)\n</task>", re.DOTALL)
SAID = re.compile(r"<your_message>(.*?)</your_message>", re.DOTALL)
# Of whom a raised hand was granted (llm/hands/floor.py): what they wanted to say, or were asked.
RAISED = re.compile(r"\AYou raised your hand to say: “(.*)” Say it now\.\Z", re.DOTALL)
ASKED = re.compile(
    r"\AYou are given the floor, since somebody called you\. [^:\n]{1,80} asked: (.*) Answer now\.\Z",
    re.DOTALL,
)
PERSONA = re.compile(r"<participant name=(\"[^\"]*\") kind=\"AI persona\"")

MENTION = re.compile(r"(?<!\w)@(?=\w)")
CODE_BLOCK = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
MARKUP = re.compile(r"[*`|<>\[\]{}#~\\“”]+")
SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
# "@Ada, @Bo and @all:" at the start calls somebody and says nothing yet.
CALLED = re.compile(r"^(?:\s*(?:and\s+|,\s*|&\s*)?@\w+[\s,:;!]*)+")
HANDING_OVER = r"(?:hand(?:s|ing)?\b[^.?!\n]{0,20}\bto|pass\b[^.?!\n]{0,20}\bto|over to|bring in)"
# What a hand-over asks for is not what the conversation is about.
HANDOVER_CLAUSE = re.compile(rf"[,;]?\s*(?:(?:and|then|please)\s+)*{HANDING_OVER}\s+@\w+", re.IGNORECASE)
# How a question is begun, not what it asks.
LEAD = re.compile(
    r"(?i)^(?:(?:so|well|ok|okay|now|please|hi|hello|hey)[,!.]?\s+)*"
    r"(?:(?:what do you (?:all )?think (?:about|of)|do you think(?: that)?"
    r"|(?:can|could|would|will) you(?: please)?)\s+)?"
)

GREETING = re.compile(
    r"(?i)^(?:hi|hello|hey|hiya|howdy|good (?:morning|day|afternoon|evening)|greetings|welcome)\b"
)
THANKS = re.compile(r"(?i)^(?:thanks|thank you|cheers|great|nice|perfect|well done|good point|love it)\b")
ABOUT_SELF = re.compile(
    r"(?i)\b(?:who|what) are you\b|\bare you (?:an? )?(?:real|human|ai|bot|person|robot|model|scripted)\b"
    r"|\b(?:what|which) (?:\w+ )?model\b.{0,20}\byou\b|\bintroduce yourself\b"
)

# Of the rules: nobody asked this persona alone.
MAY_KEEP_QUIET = "Nobody asked you alone"

QUOTE_CHARACTERS = 110
BEGUN_CHARACTERS = 4
# Too few words of substance to talk about.
SHORT_WORDS = 2
STOPWORDS = frozenset(
    """
    a about above after again all almost also always am an and another any anyone anything are around as
    ask at away be because been before being below best better between both build building but by call
    called can can't cannot consider could describe did discuss do does doing don't done down draft each
    else even ever every everyone everything explain few find first for from get give go going good got
    had hand has have having he hello help her here hers hey hi him his how i i'm idea ideas if in
    instead into is isn't it it's its just keep kind know last launch least less let let's like list
    little look lot made make makes many may maybe me mean might mine more most much must my need needs
    never new next no none nor not nothing now of off ok okay on once one only or other our ours out
    over own people plan please put quite rather really refine said same say see seem shall she should
    show since so some somebody someone something start still such suggest sure take tell than thank
    thanks that that's the their them then there these they thing things think this those though through
    to today together too try two under until up us use used using very want wants was way we we're well
    were what what's when where whether which while who whom whose why will with without won't would
    write yes yet you your yours
    """.split()  # noqa: SIM905 - a list of 250 quoted words would be unreadable
)
BARE = re.compile(r"[A-Z]|[a-z]+ing\b|(?:this|what)\b")
WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Call:
    """Who called whom with which words, which other personas are in the room, and what was
    said of the answer before it was cut off."""

    speaker: str
    text: str
    me: str
    others: tuple[str, ...]
    said: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that the demo calls, as a model does that has tools."""

    name: str
    arguments: dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    use: ToolUse | None = None


def answer(messages: Sequence[tuple[str, str]], lens: str) -> Answer:
    """As `reply`, of a voice that has tools: it hands over by one, and of three or more personas
    that nobody asked alone one passes, another one for other words."""
    call = read_call(messages)
    phrases = _phrases(_matter(call.text), call)
    topic = _with_article(phrases[0]) if phrases else "this"
    everybody = sorted((call.me, *call.others))
    is_asked_alone = MAY_KEEP_QUIET not in (messages[-1][1] if messages else "")
    if not is_asked_alone and len(everybody) > SHORT_WORDS:
        chosen = everybody[hashlib.sha256(call.text.encode()).digest()[0] % len(everybody)]
        if chosen == call.me:
            stance = VOICES.get(lens, NEUTRAL).stance
            reason = f"I look for {stance}; on {topic} the others have more to say."
            return Answer("", ToolUse("opt_out", {"reason": reason}))
    successor = _successor(call)
    text = reply(messages, lens)
    if not successor or call.said:
        return Answer(text)
    task = f"what do you make of {topic}?"
    return Answer(
        text.removesuffix(_over_to(successor)), ToolUse("mention", {"names": [successor], "task": task})
    )


def _over_to(successor: str) -> str:
    return f"\n\nOver to you, @{successor}."


def reply(messages: Sequence[tuple[str, str]], lens: str) -> str:
    """The demo's answer, in Markdown, to `messages` (role, content) seen through `lens`."""
    call = read_call(messages)
    if asked := ASKED.search(call.text):
        call = replace(call, text=asked[1])
    raised = RAISED.search(call.text)
    if raised is not None:
        call = replace(call, text=raised[1])
    # Not for secrets: the same request must give the same answer.
    seed = hashlib.sha256("\x00".join((lens, *(content for _, content in messages))).encode()).digest()
    chance = random.Random(seed)  # noqa: S311
    voice = VOICES.get(lens, NEUTRAL)
    matter = _matter(call.text)
    phrases = _phrases(matter, call)
    if call.said:
        return _continued(call, voice, matter, phrases, chance)
    if raised is not None:
        closing = chance.choice(voice.closings).format(**_fields(call, matter, phrases))
        answer = f"{raised[1]}\n\n{_capitalised(closing)}"
    elif ABOUT_SELF.search(matter):
        answer = _about_self(call, voice)
    elif THANKS.match(matter) and len(matter.split()) < 8:
        closing = chance.choice(voice.closings).format(**_fields(call, matter, phrases))
        answer = f"Glad to, {_name(call)}. {_capitalised(closing)}"
    elif (GREETING.match(matter) and len(phrases) < SHORT_WORDS) or not matter:
        answer = chance.choice(voice.greetings).format(who=_name(call))
    elif len(WORD.findall(matter)) <= SHORT_WORDS:
        answer = (
            f"“{_plain(matter)}”, {_name(call)}? Say a little more, and I can look at it properly:"
            f" I would look for {voice.stance}."
        )
    else:
        answer = _composed(call, voice, matter, phrases, chance)
    successor = _successor(call)
    return f"{answer}{_over_to(successor)}" if successor else answer


def composed(call: Call, lens: str, *, about: Call | None = None, salt: str = "") -> str:
    """What a voice says to the matter of `call`, drawn by its words and the `salt`; what it speaks of is
    that of `about`."""
    seed = hashlib.sha256("\x00".join((lens, call.me, call.speaker, call.text, salt)).encode()).digest()
    chance = random.Random(seed)  # noqa: S311 (as in `reply`)
    matter = _matter(call.text)
    topics = _phrases(_matter(about.text), about) if about else _phrases(matter, call)
    return _composed(call, VOICES.get(lens, NEUTRAL), matter, topics, chance)


def topics_of(call: Call) -> list[str]:
    """What `call` is about, with articles; "this" where nothing stands out."""
    return [_with_article(phrase) for phrase in _phrases(_matter(call.text), call)] or ["this"]


def read_call(messages: Sequence[tuple[str, str]], *, is_whole: bool = False) -> Call:
    """The call out of the last user message; without a trigger block, all of it is the text.

    `is_whole`: all of what was said is meant, and not this persona's own part of it.
    """
    users = [content for role, content in messages if role == "user"]
    content = users[-1] if users else ""
    found = TRIGGER.search(content)
    speaker, text = (_unquote(found[1]), unescape(QUOTE.sub("", found[3]))) if found else ("", content)
    # Where it is long, the trigger has only its beginning.
    whole = (
        re.search(rf"<message id=\"{found[2]}\" [^>]*>\n(.*?)\n</message>", content, re.DOTALL)
        if found
        else None
    )
    text = unescape(whole[1]) if whole else text
    # What follows the trigger is the renderer's; what stands in it may say anything.
    task = content[found.end() :] if found else ""
    # One of several who are called hears of all of it, and answers its own part.
    own = None if is_whole else TASK.search(task)
    text = unescape(own[1]) if own else text
    said = SAID.search(task)
    me = SELF.search(task[said.end() :] if said else task)
    roster = [
        _unquote(name) for role, text_ in messages if role == "system" for name in PERSONA.findall(text_)
    ]
    my_name = me[1] if me else ""
    return Call(
        speaker,
        text,
        my_name,
        tuple(name for name in roster if name != my_name),
        unescape(said[1]) if said else "",
    )


def _about_self(call: Call, voice: Voice) -> str:
    name = f"I answer as **{call.me}**" if call.me else "I answer here"
    return (
        f"Fair question, {_name(call)}. {name}, but there is no AI model behind me: I am a scripted demo."
        f" I take your"
        f" words and look in them for {voice.stance}.\n\nAdd a provider's key to the server, and a real"
        f" model takes"
        " this seat. Until then, try me with an idea."
    )


def _composed(call: Call, voice: Voice, matter: str, phrases: list[str], chance: random.Random) -> str:
    fields = _fields(call, matter, phrases)
    middles = chance.sample(voice.middles, k=chance.choice((1, 1, 2)))
    parts = [chance.choice(voice.openings), *middles, chance.choice(voice.closings)]
    answer = "\n\n".join(_capitalised(part.format(**fields)) for part in parts)
    if not voice.thoughts:
        return answer
    # As many models do that think in their text.
    return f"<think>\n{chance.choice(voice.thoughts).format(**fields)}\n</think>\n\n{answer}"


def _continued(call: Call, voice: Voice, matter: str, phrases: list[str], chance: random.Random) -> str:
    fields = _fields(call, matter, phrases)
    closings = [_capitalised(closing.format(**fields)) for closing in voice.closings]
    others = [*voice.greetings, *voice.openings, *voice.middles]
    parts = [*closings, *(_capitalised(part.format(**fields)) for part in others), _about_self(call, voice)]
    length, part = max((_begun(call.said, part), part) for part in parts)
    rest = part[length:] if length else ""
    return rest if part in closings and length else f"{rest}\n\n{chance.choice(closings)}"


def _begun(said: str, part: str) -> int:
    """How much of `part` is what `said` ends with; a few letters are chance."""
    lengths = range(len(part), BEGUN_CHARACTERS - 1, -1)
    return next((length for length in lengths if said.endswith(part[:length])), 0)


def _fields(call: Call, matter: str, phrases: list[str]) -> dict[str, str]:
    topic = phrases[0] if phrases else "this"
    rest = phrases[1] if len(phrases) > 1 else "what is around it"
    subject, other = _with_article(topic), _with_article(rest)
    words = [word.lower() for word in re.findall(r"[A-Za-z]+", topic)]
    return {
        "hail": f"{call.speaker}, " if call.speaker else "",
        "who": _name(call),
        "quote": _quote(matter),
        "topic": topic,
        "Topic": _capitalised(topic),
        "rest": rest,
        "subject": subject,
        "Subject": _capitalised(subject),
        "other": other,
        "Other": _capitalised(other),
        "ident": "_".join(words) or "idea",
    }


def _matter(text: str) -> str:
    """What was said, without code, quoted lines and the names that it was called to."""
    lines = CODE_BLOCK.sub(" ", text).splitlines()
    said = " ".join(line for line in lines if not line.lstrip().startswith(">"))
    # A quoted "@Bo" would call Bo.
    said = HANDOVER_CLAUSE.sub("", CALLED.sub("", said))
    return " ".join(MENTION.sub("", said).split())


def _quote(matter: str) -> str:
    """The sentence with the most to say, shortened at a word."""
    sentences = [sentence.strip() for sentence in SENTENCE.findall(_plain(matter))]
    whole = max(sentences, key=lambda sentence: (sentence.endswith("?"), len(sentence)), default=matter)
    best = LEAD.sub("", whole)
    # Without its beginning it is no question any more.
    best = best.rstrip(".!" if best == whole else ".!?")
    if len(best) > QUOTE_CHARACTERS:
        best = best[:QUOTE_CHARACTERS].rpartition(" ")[0].rstrip(",;: ") + "…"
    return best


def _phrases(matter: str, call: Call) -> list[str]:
    """Runs of words of substance, longest first: two to three words read best."""
    skipped = STOPWORDS | {
        word.lower() for name in (call.speaker, call.me, *call.others) for word in name.split()
    }
    runs: list[list[str]] = [[]]
    for token in re.findall(rf"{WORD.pattern}|[^\s\w]", _plain(matter)):
        if WORD.fullmatch(token) and token.lower() not in skipped and len(token) > 2:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    phrases = dict.fromkeys(" ".join(run[-3:]) for run in runs if run)
    return sorted(phrases, key=lambda phrase: (-min(phrase.count(" "), 2), -len(phrase) > -6))


def _successor(call: Call) -> str:
    """The persona that the call asks to hand over to, if it does and that persona is here."""
    for name in call.others:
        if re.search(rf"{HANDING_OVER}\s+@?{re.escape(name)}\b", call.text, re.IGNORECASE):
            return name
    return ""


def _plain(text: str) -> str:
    return " ".join(MARKUP.sub(" ", text).split())


def _name(call: Call) -> str:
    return call.speaker or "friend"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _with_article(phrase: str) -> str:
    """ "the" reads well before nearly every phrase but names, doings and our own fallbacks."""
    return phrase if BARE.match(phrase) else f"the {phrase}"


def _unquote(attribute: str) -> str:
    return unescape(attribute[1:-1], QUOTES)
