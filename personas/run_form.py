"""The run of a room preset as fields of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from personas.extensions import runs
from personas.lines_field import LinesField
from personas.models import QUESTION_CHARACTERS, RoomPreset

_PREFIX = "run_"
_QUORUMS = (("0.51", "Most of them"), (str(2 / 3), "Two thirds of them"), ("1.0", "All of them"))


class RunFields(forms.ModelForm[RoomPreset]):
    """`RoomPreset.run`, a field for each of its keys; what can't be run is told at its field."""

    run_mode = forms.ChoiceField(label="Mode", required=False, help_text="How its personas think together.")
    run_question = forms.CharField(
        label="Question",
        required=False,
        max_length=QUESTION_CHARACTERS,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="What whoever makes a room is asked for, such as “What shall be decided?”",
    )
    run_rounds = forms.IntegerField(label="Rounds", required=False, min_value=0, help_text="0: the mode's.")
    run_quorum = forms.ChoiceField(
        label="Quorum", required=False, help_text="Who has to agree, in modes that vote."
    )
    run_choices = LinesField(
        label="Choices",
        required=False,
        help_text="What can be voted for, one a line, in modes that vote. None: anything.",
    )
    run_max_turns = forms.IntegerField(
        label="Turns at most", required=False, min_value=0, help_text="0: the mode's."
    )
    run_max_usd = forms.FloatField(
        label="US dollars at most", required=False, min_value=0, help_text="0: no limit of its own."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        run: Mapping[str, Any] = {"quorum": 2 / 3} | (self.instance.run or {})
        for key, value in run.items():
            if _PREFIX + key in self.fields:
                self.initial.setdefault(_PREFIX + key, value)
        modes = [("", "No run"), *runs().modes()]
        self._offer("run_mode", modes, str(run.get("mode", "")), "{} (not there any more)")
        self._offer("run_quorum", _QUORUMS, str(float(run["quorum"])), "{}")

    def _offer(self, name: str, known: Sequence[tuple[str, str]], value: str, label: str) -> None:
        """What stands there already is shown, also where it is not offered any more."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above)
        is_known = value in dict(known)
        field.choices = [*known] if is_known else [*known, (value, label.format(value))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        run = self._run(cleaned)
        if run is not None and not self.errors:
            for field, sentence in runs().problems(run).items():
                name = _PREFIX + field
                self.add_error(name if name in self.fields else "run_mode", sentence)
        self.instance.run = run
        return cleaned

    def _run(self, cleaned: Mapping[str, Any]) -> dict[str, Any] | None:
        if not cleaned.get("run_mode"):
            return None
        return {
            "mode": cleaned["run_mode"],
            "question": cleaned.get("run_question") or "",
            "rounds": cleaned.get("run_rounds") or 0,
            "quorum": float(cleaned.get("run_quorum") or 2 / 3),
            "choices": cleaned.get("run_choices") or [],
            "max_turns": cleaned.get("run_max_turns") or 0,
            "max_usd": cleaned.get("run_max_usd") or 0,
        }
