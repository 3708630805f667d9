"""What personas are told of their tools: the same in every turn, since it stands in the rules. Pure."""

from __future__ import annotations

from collections.abc import Sequence

WITH_TOOLS = (
    "To hand over to another AI persona, call the tool `mention`, and only when its view is really needed: a"
    " @Name in your text wakes nobody. To say nothing at all, call the tool `opt_out` and write no text."
    " Never write about your tools."
)
IN_TEXT = (
    "To hand over to another AI persona, mention it as @Name, and only when its view is really needed. Lines"
    " of these forms are done and not shown: "
)


def rules(forms: Sequence[str], *, has_tools: bool) -> str:
    """For a model that is offered tools, or for one that writes them in `forms`."""
    return WITH_TOOLS if has_tools else f"{IN_TEXT}{'; '.join(forms)}."
