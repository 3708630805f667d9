"""The words of the scripted demo: one voice a lens. Data only; `demo_text` composes it.

Fields: {hail} "Mia, " (or nothing), {who} the name, {quote} the speaker's own words,
{topic} and {rest} phrases out of them, {subject} and {other} the same with an article, {ident}
the topic as an identifier. Phrases may be plural, so verbs after them fit both. No voice to
be a person or an AI model, states facts about the world, or names a source.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """What one lens can say. Each reply takes one opening, one or two middles, one closing;
    where it has thoughts, one of them before."""

    stance: str
    greetings: tuple[str, ...]
    openings: tuple[str, ...]
    middles: tuple[str, ...]
    closings: tuple[str, ...]
    thoughts: tuple[str, ...] = ()


OPTIMIST = Voice(
    stance="what is promising, and the smallest step that would prove it",
    greetings=(
        "Hello {who}! Good to have you here. Tell me what you are hoping for, and I will look for the"
        " first small win.",
        "Hi {who}! I am all ears. What is the one thing you would love to see working by the end of the"
        " week?",
    ),
    openings=(
        "{hail}I like where this is going: “{quote}” already holds the hard part, which is knowing what"
        " you want.",
        "{hail}“{quote}” makes me want to start today. There is something in it for more people than it"
        " seems.",
        "Oh, this one is good. {hail}when you say “{quote}”, I hear a door that is already half open.",
        "{hail}yes, and: “{quote}” gets better the sooner somebody can touch it.",
    ),
    middles=(
        "The promising part is **{subject}**. If only that worked, and nothing else, somebody would still be"
        " glad of it. So let us make *that* somebody's Tuesday.",
        "Here is a ladder with low rungs:\n\n1. **Today:** one page that shows {subject} to one friend.\n"
        "2. **This week:** five people try it while you watch and say nothing.\n"
        "3. **Next week:** keep what made somebody smile, drop the rest.",
        "What could go right?\n\n- {Subject} may be the bit that people tell each other about.\n"
        "- {Other} may look like an obstacle now, and become the reason it is different.\n"
        "- The first version is small enough that nobody has to ask permission.",
        "Even if {other} should stay difficult for a while, {subject} need not wait. The two can"
        " move at their own speed.",
    ),
    closings=(
        "Who would be happiest if this existed by Friday? Start with that person.",
        "My small next step: write the three sentences you would use to show it to a friend. Shall we?",
        "What is the tiniest version that would still make you proud?",
        "I would bet an afternoon on it. Would you?",
    ),
)

SCEPTIC = Voice(
    stance="the assumption that carries the most weight and has the least under it",
    greetings=(
        "Hello {who}. Bring me an idea that you are fond of, and I will look for its weakest plank, kindly.",
        "Good to see you, {who}. What are we about to be sure of?",
    ),
    openings=(
        "{hail}before we build on “{quote}”, let me lean on it a little and see what creaks.",
        "{hail}“{quote}”: I can follow it. I am less sure about the step that it takes for granted.",
        "Let me be the slow one here. {hail}you say “{quote}”, and I wonder how we would notice if it"
        " were not so.",
        "{hail}I have no quarrel with “{quote}”. I have one with how quickly we all nodded.",
    ),
    middles=(
        "The weight rests on **{subject}**. If things there are different from what we think, the rest"
        " does not bend,"
        " it breaks. What do we actually know about it, and what do we only hope?",
        "For this to work, three things would have to be true at once:\n\n"
        "1. {Subject} must matter to others as much as to us.\n"
        "2. {Other} must not quietly cost more than we gain.\n"
        "3. Nobody may have a cheaper way that we are not looking at.\n\nI would check the second one first.",
        "> “{quote}”\n\nRead it once more and take out every word that is a wish. What is left is the"
        " plan, and"
        " I would like that part to be longer.",
        "| We say | It could also mean |\n|---|---|\n| we need {topic} | we are used to {topic} |\n"
        "| {rest}: a detail | {rest}: where it fails |\n| we will see | nobody is looking |",
    ),
    closings=(
        "What would you need to see to drop the idea? If the answer is “nothing”, that is what worries me.",
        "Show me one case where it fails and is still worth it, and I am with you.",
        "I may be wrong, and I would like to be. Which of these can you knock down?",
        "If you could ask only one person whether this holds, who would have the least reason to be polite?",
    ),
    thoughts=(
        "“{quote}”. What has to hold for that?\n\n{Subject} carries most of the weight, so that is where to"
        " press. {Other} looks smaller, and small things are the ones that nobody checks.\n\nOne objection,"
        " the one that matters, and a way to answer it. Kindly.",
        "Start with what is not being said. {Subject}: taken for granted. {Other}: hoped for.\n\nWhich of the"
        " two would hurt more if it were wrong? Ask about that one, and leave a door open.",
    ),
)

ENGINEER = Voice(
    stance="parts, interfaces, order of work and ways to fail",
    greetings=(
        "Hi {who}. Give me an idea, however rough, and I will take it apart into pieces that can be built.",
        "Hello {who}! What are we building, and what must it never do?",
    ),
    openings=(
        "{hail}I will take “{quote}” as the specification and see how few parts it needs.",
        "{hail}there is something buildable in “{quote}”. Let me make it concrete, so that we can"
        " disagree about something precise.",
        "Right. {hail}to get from “{quote}” to something that runs, I would start with the boundary, not"
        " the middle.",
        "{hail}“{quote}” has a simple core and a few expensive edges. Core first.",
    ),
    middles=(
        "1. **In:** what exactly arrives for {subject}, from whom, and how often.\n"
        "2. **Kept:** the one thing that must never be lost.\n"
        "3. **Out:** what somebody sees, and within how many seconds.\n"
        "4. **Broken:** what happens on the day without {other}.",
        "As a sketch:\n\n```python\ndef handle({ident}):\n    checked = validate({ident})  # refuse"
        " early, and say why\n"
        "    saved = store(checked)  # once, even when asked twice\n    announce(saved)  # after it is"
        " safe, not before\n"
        "    return saved\n```\n\nFour lines, and every one of them is a decision.",
        "| Part | Simplest version | Fails when |\n|---|---|---|\n| {topic} | one table, one form | two"
        " people edit at once |\n"
        "| {rest} | done by hand at first | somebody is on holiday |\n| telling people | one message |"
        " nobody reads it |",
        "I would leave {other} for the second version: the same interface can take that in later. With"
        " {subject} I would"
        " begin, because everything else will point there.",
    ),
    closings=(
        "What is the largest number in this, ten or ten million? That decides the design.",
        "Which failure would wake you at night? I would write that test first.",
        "If that split looks right, I would build the second part first: it is the one we know least about.",
        "How would we notice, within a minute, that it had stopped working?",
    ),
)

DESIGNER = Voice(
    stance="the person who will use it, and what they see first",
    greetings=(
        "Hello {who}! Who are we making something for today?",
        "Hi {who}. Tell me about one person and one moment in their day, and we can start from there.",
    ),
    openings=(
        "{hail}let me put one person in front of “{quote}” and watch them for a minute.",
        "{hail}“{quote}”: who says that sentence in their kitchen, and what are they holding in the other"
        " hand?",
        "I keep reading “{quote}” as a screen. {hail}what is the first word on it?",
        "{hail}behind “{quote}” there is somebody who wants to be finished quickly. Let us design for them.",
    ),
    middles=(
        "The flow as I see it:\n\n1. They arrive, and there is nothing in view but **{subject}**.\n"
        "2. They do one thing, and something answers at once.\n"
        "3. {Other} can wait until they look for it.\n4. They leave knowing that it worked.",
        "If I could remove one step, it would be the one that explains {other}. A screen that needs"
        " explaining is"
        " asking for another screen.",
        "Words matter here. Instead of a heading and a paragraph, I would try:\n\n> **{Topic}: done.**\n>"
        " You can change it any time.\n\nShort, true, and kind when something goes wrong.",
        "- **With one hand:** can they reach the main action?\n- **Without sound or colour:** does it"
        " still say the same?\n"
        "- **On a bad day:** will {subject} forgive a slip, or punish it?",
    ),
    closings=(
        "What do they see in the first three seconds? If we agree on that, the rest follows.",
        "Where would your most impatient friend get stuck?",
        "I would sketch it on paper now and show it to one person before tonight. Who is near you?",
        "Which step could we take away and nobody would miss it?",
    ),
)

HISTORIAN = Voice(
    stance="what earlier attempts have in common, and where the comparison breaks",
    greetings=(
        "Welcome, {who}. Few ideas are quite new; tell me yours, and we can look at its family.",
        "Good day, {who}. What are we about to try again?",
    ),
    openings=(
        "{hail}“{quote}” has the shape of an old question, and old questions are good company.",
        "{hail}I would ask of “{quote}” what one asks of any plan: what was there before it, and why did"
        " people"
        " put up with that?",
        "People have stood roughly here before. {hail}“{quote}” names the part of it that tends to return.",
        "{hail}let me set “{quote}” beside the usual course of such things, and say where the likeness ends.",
    ),
    middles=(
        "Such stories often run in three acts. First **{topic}**: a curiosity for a few. Then the same"
        " thing everywhere and"
        " badly made. Then something so ordinary that nobody gives it a name. In which act do you think"
        " we are?",
        "What the old attempts tend to share:\n\n- They underestimated {other}, because it looked like"
        " somebody else's job.\n"
        "- They won through one dull habit, not through the clever part.\n"
        "- Those who kept notes could begin again; the others had to start over.",
        "The comparison breaks in one place: {subject} would reach people at once, where earlier things"
        " travelled slowly and"
        " were mended on the way. Speed leaves less time to notice an error.",
        "I would not lean on a single famous example here. One can be found for either side of “{quote}”,"
        " which"
        " only shows that examples are cheap.",
    ),
    closings=(
        "Who tried this near you, and stopped? Ask them what they would not tell a newcomer.",
        "If somebody reads about this in twenty years, which sentence would you like it to be?",
        "What are we keeping from the old way because it was good, and what only because it was there?",
        "Write down today why you are doing it. That note is worth more later than the result.",
    ),
)

FACILITATOR = Voice(
    stance="the question itself, who has not spoken yet, and what to decide next",
    greetings=(
        "Hello {who}, and welcome. What would you like this room to have settled by the end?",
        "Hi {who}! Shall we begin with one sentence each: what is this conversation for?",
    ),
    openings=(
        "{hail}let me say it back, so that we answer the same question: “{quote}”.",
        "Thank you, {who}. I heard “{quote}”. Before we add more, let me sort what is on the table.",
        "{hail}“{quote}” holds two questions, I think, and they are easier one at a time.",
        "Let us pause for a breath on “{quote}”. {hail}may I put some order into it?",
    ),
    middles=(
        "- **Agreed, as far as I can see:** we want to spend time on {subject}.\n"
        "- **Open:** what to do about {other}, and who decides.\n"
        "- **Not said yet:** what we would stop doing to make room.",
        "Two questions, in this order:\n\n1. What about **{subject}** must be true for everyone here?\n"
        "2. Given that, what do we do about {other}?\n\nThe second is the lively one, but it hangs on the"
        " first.",
        "It may help to hear from somebody who has been quiet. One sentence is enough: what would make"
        " you say no?",
        "If we split the time: five minutes for {subject}, five for {other}, and the last five for one"
        " decision that we"
        " write down.",
    ),
    closings=(
        "Could each of you answer with one word first: *yes*, *no* or *unsure*? Reasons after that.",
        "Proposal for a decision: we try the smaller half for a week and look again. Any objection?",
        "Which single question, once answered, would make the others easy?",
        "{hail}did I get that right, or did I lose something you care about?",
    ),
)

SCIENTIST = Voice(
    stance="what is known, what is guessed, and the cheapest test between them",
    greetings=(
        "Hello {who}. Tell me something you believe, and we will find a way it could turn out to be wrong.",
        "Hi {who}! What shall we find out today?",
    ),
    openings=(
        "{hail}let me turn “{quote}” into something that could be wrong, because then we can learn from it.",
        "{hail}“{quote}” mixes an observation with a guess. It is worth pulling the two apart.",
        "Interesting. {hail}if “{quote}” holds, something we can count should change. What would that be?",
        "{hail}I would treat “{quote}” as a hypothesis and be fond of it only as long as it survives.",
    ),
    middles=(
        "| | If it holds | If it does not |\n|---|---|---|\n| {topic} | a change within a week | all as"
        " it was |\n"
        "| {rest} | no difference | the whole explanation |\n\nThe second row is the one I would look at"
        " first.",
        "**Known:** somebody cares about {subject} enough to say it.\n**Guessed:** that others do too,"
        " and for the same"
        " reason.\n**Unknown:** what to make of {other}.",
        "The cheapest test I can think of:\n\n1. Write down today what you expect about {subject}, as a"
        " number.\n"
        "2. Change one thing, for half of the cases, chosen by a coin.\n3. Look once, on a day fixed"
        " beforehand.",
        "Beware of one trap: if we go looking for {subject}, we shall find it. So let us decide now what"
        " would count as"
        " *not* finding it.",
    ),
    closings=(
        "How sure are you, from 0 to 100? And which result would move you by twenty?",
        "What would you expect to see if the opposite were true?",
        "I would run it small and soon: a rough answer this week beats a fine one in spring.",
        "What else could explain the same thing, and be duller?",
    ),
)

POET = Voice(
    stance="the image or the line that makes the point stay",
    greetings=(
        "Good day, {who}. Leave me a word, and I will see what it is standing next to.",
        "Hello {who}. The page is still white, which is the best it will ever look.",
    ),
    openings=(
        "{hail}“{quote}”: I read it twice, once for what it says and once for what it leans on.",
        "{hail}there is a small lamp in “{quote}”. Let me hold it a little higher.",
        "“{quote}” — {hail}say it aloud, slowly. It already knows where it wants to pause.",
        "{hail}you wrote “{quote}”, and one word in it is doing all the walking.",
    ),
    middles=(
        "*{Topic}*: a chair pulled out for somebody.\nThe rest is whether they sit.",
        "Three ways to say it, different in kind:\n\n- **Plain:** {Topic}, and nothing in the way.\n"
        "- **Bright:** {Topic}: leave the light on.\n- **Quiet:** Somebody thought of this before you had"
        " to.",
        "> We came for {subject},\n> stayed for {other},\n> and on the way out\n> forgot what we had been"
        " afraid of.",
        "Cut the sentence in half and keep the half with {subject} in it. What you miss afterwards was"
        " the poem; what you"
        " do not miss was furniture.",
    ),
    closings=(
        "Which word would you fight for, if I could keep only one?",
        "End on the thing, not on the reason for it.",
        "Read it to somebody at a bus stop. If the bus may wait, it is done.",
        "And what colour is it? You do not have to say why.",
    ),
)

NEUTRAL = Voice(
    stance="what you said, what it rests on, and what could come next",
    greetings=(
        "Hello {who}! Good to have you here. What shall we talk about?",
        "Hi {who}. I am listening: what is on your mind?",
    ),
    openings=(
        "{hail}you said “{quote}”. Let me take it one step further.",
        "{hail}“{quote}” is a good place to begin. Here is how it looks from this chair.",
        "Thank you, {who}. “{quote}” — I would look at it from two sides.",
    ),
    middles=(
        "On one side I see **{subject}**, which may be the heart of it. On the other I see {other}, which may"
        " turn out to decide it.",
        "- **What it is about:** {topic}.\n- **What it touches:** {rest}.\n- **What is missing:** who"
        " does what, and by when.",
        "If I put it in one line: keep {subject}, be honest about {other}, and leave the rest for later.",
    ),
    closings=(
        "Which of the two matters more to you?",
        "What would be a good next step, small enough for today?",
        "What did I miss?",
    ),
)

VOICES: dict[str, Voice] = {
    "optimist": OPTIMIST,
    "sceptic": SCEPTIC,
    "engineer": ENGINEER,
    "designer": DESIGNER,
    "historian": HISTORIAN,
    "facilitator": FACILITATOR,
    "scientist": SCIENTIST,
    "poet": POET,
    # The council's voices are near relations of the eight above.
    "alignment-researcher": SCIENTIST,
    "red-teamer": SCEPTIC,
    "policy-analyst": HISTORIAN,
}
