"""Expected time: what the runs to come will take, from those like them that are finished, else from their limits."""

from dataclasses import dataclass, field

_Kind = tuple[str, str]


@dataclass
class _Mean:
    total_s: float = 0.0
    count: int = 0


@dataclass
class Expected:
    """Keeps the mean seconds of each method of each family, and how many of its runs are to come.

    Parameters
    ----------
    jobs : int
        Runs at a time.
    """

    jobs: int
    _means: dict[_Kind, _Mean] = field(default_factory=dict)
    _waiting: dict[_Kind, int] = field(default_factory=dict)
    _limits: dict[_Kind, float | None] = field(default_factory=dict)
    _done_s: float = 0.0

    def count(self, family: str, label: str, limit_s: float | None, wall_s: float | None) -> None:
        """Count a run of the plan: one that took `wall_s`, or one that is to come."""
        kind = (family, label)
        self._limits[kind] = limit_s
        if wall_s is None:
            self._waiting[kind] = self._waiting.get(kind, 0) + 1
        else:
            self._note(kind, wall_s)

    def under_way(self, family: str, label: str, elapsed_s: float) -> None:
        """Count what a run that is to come has done already, up to what it is expected to take."""
        each = self._each((family, label))
        self._done_s += elapsed_s if each is None else min(elapsed_s, each)

    def finish(self, family: str, label: str, wall_s: float) -> None:
        """Count a run that has just ended."""
        kind = (family, label)
        self._waiting[kind] -= 1
        self._note(kind, wall_s)

    @property
    def seconds_left(self) -> float | None:
        """Wall seconds to go; None where a method has neither finished runs nor a limit."""
        total = 0.0
        for kind, count in self._waiting.items():
            each = self._each(kind)
            if count and each is None:
                return None
            total += count * (each or 0.0)
        return max(total - self._done_s, 0.0) / self.jobs

    @property
    def guessed(self) -> bool:
        """Whether the seconds of a method are its limit alone, so that the runs may well end sooner."""
        return any(count and kind not in self._means for kind, count in self._waiting.items())

    def _note(self, kind: _Kind, wall_s: float) -> None:
        mean = self._means.setdefault(kind, _Mean())
        mean.total_s += wall_s
        mean.count += 1

    def _each(self, kind: _Kind) -> float | None:
        mean = self._means.get(kind)
        return self._limits[kind] if mean is None else mean.total_s / mean.count
