"""A method that takes ten milliseconds, so that what a run takes beyond them is the engine's."""

from time import sleep
from typing import Any

from ecoopt.core.method import Kind, Method
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.registry import method

NAP_S = 0.01

NAP = Method("keepalive", "nap", Kind.BASELINE, "Sleeps, then keeps nothing", "ecoopt",
             "ecoopt.benchmarks.speed.nap:nap")


def nap(instance: Any, run: Run, *, seed: int, start: Any) -> Outcome:
    """Sleep, then keep nothing."""
    sleep(NAP_S)
    return method("keepalive", "no-keep").function(instance, run, seed=seed, start=start)
