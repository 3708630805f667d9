"""What a room remembers of what does not fit into a prompt any more.

`checkpoint_for(room)` is the summary that stands before the last messages, `recalled(room, trigger, budget)`
are old messages that matter now, `recall(room, query, budget)` what a persona asks for; `llm.memory.budget`
says what fits.
"""

from llm.memory.checkpoints import Remembered, checkpoint_for
from llm.memory.recall import Recalled, recall, recalled

__all__ = ["Recalled", "Remembered", "checkpoint_for", "recall", "recalled"]
