"""Errors a user can mend: one line each, naming the file, the field and the mend, all at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

_LONGEST_NAME = 80
_BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    Parameters
    ----------
    field : str
        Path of the field, as in ``functions.memory_gb[3]``; empty for the whole input.
    message : str
        What is wrong.
    mend : str
        What to do about it; empty where the message already says it.
    """

    field: str
    message: str
    mend: str = ""

    def line(self, source: str) -> str:
        """Return the one-line message for an input called `source`."""
        parts = [part for part in (source, self.field, self.message) if part]
        text = ": ".join(parts) + (f"; {self.mend}" if self.mend else "")
        return " ".join(text.split())


class InputError(ValueError):
    """An input that cannot be used, with every problem found in it.

    Parameters
    ----------
    source : str
        The file, option or object the problems are in.
    problems : iterable of Problem
        At least one.
    """

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.line(source) for problem in self.problems))

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, tuple[Problem, ...]]]:
        return type(self), (self.source, self.problems)

    def named(self, argument: str) -> "InputError":
        """Return the error itself, the argument that named its source before it."""
        self.source = f"{argument}: {self.source}"
        self.args = ("\n".join(problem.line(self.source) for problem in self.problems),)
        return self

    @classmethod
    def one(cls, source: str, field: str, message: str, mend: str = "") -> "InputError":
        """Return an error with a single problem."""
        return cls(source, [Problem(field, message, mend)])

    @classmethod
    def from_validation(cls, source: str, error: ValidationError) -> "InputError":
        """Translate pydantic's report, problem by problem; a validator joins several with " | "."""
        entries = error.errors(include_url=False)
        return cls(source, [problem for entry in entries for problem in _translate(entry)])


def _translate(entry: object) -> list[Problem]:
    """Turn one pydantic error entry into Problems."""
    assert isinstance(entry, dict)
    field = ""
    for part in entry["loc"]:
        name = str(part)[:_LONGEST_NAME]
        field += f"[{part}]" if isinstance(part, int) else f".{name}" if field else name
    kind = entry["type"]
    if kind == "extra_forbidden":
        return [Problem(field, "unknown key", "remove it or correct its spelling")]
    if kind == "missing":
        return [Problem(field, "missing", "add it")]
    if kind in _BOUNDS and str(entry["input"]).strip().lower().lstrip("+-") == "nan":
        return [Problem(field, "is not a number", "give one")]
    no_sequence = kind == "is_instance_of" and entry["ctx"]["class"] == "Sequence"
    if no_sequence or kind in ("tuple_type", "list_type", "sequence_str"):
        return [Problem(field, "is not a list", "give a list")]
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return [Problem(field, "is no table of keys and values", "give one")]
    problems = []
    for message in entry["msg"].removeprefix("Value error, ").split(" | "):
        text, _, mend = message.partition("; ")
        problems.append(Problem(field, text[:1].lower() + text[1:], mend))
    return problems
