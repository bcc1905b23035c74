"""Methods that fail in every way a method can."""

import os
import signal
import sys
import time

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.method import Kind, Method
from ecoopt.core.outcome import Outcome
from ecoopt.core.status import Status, Termination


def _good(instance):
    from ecoopt_toy.methods import fill

    return fill(instance, range(len(instance.cost_g)))


def _bad(instance):
    """Return a schedule that overfills option 0."""
    from ecoopt_toy.problem import Schedule

    return Schedule(choice=np.zeros(len(instance.cost_g), dtype=int))


def crash(instance, run, *, seed, start):
    """Fail at once."""
    raise ZeroDivisionError("division by zero\nin the middle")


def crash_late(instance, run, *, seed, start):
    """Fail with an incumbent."""
    run.offer(*_good(instance))
    run.prove(0.5)
    raise MemoryError("out of memory")


def crash_unbuilt(instance, run, *, seed, start):
    """Fail with an incumbent whose schedule cannot be built."""
    run.offer(1.0, lambda: [][0])
    raise RuntimeError("late")


def picky(instance, run, *, seed, start):
    """Refuse the instance."""
    raise InputError.one("picky", "cost_g", "is not to my taste", "use another method")


def infeasible(instance, run, *, seed, start):
    """Return a schedule that breaks a rule."""
    run.offer(1.0, _bad(instance))
    return run.outcome()


def unreadable(instance, run, *, seed, start):
    """Return a schedule of the wrong length."""
    from ecoopt_toy.problem import Schedule

    run.offer(1.0, Schedule(choice=[0]))
    return run.outcome()


def overclaim(instance, run, *, seed, start):
    """Claim a value half of the true one, and that it is optimal."""
    value, schedule = _good(instance)
    run.offer(value / 2, schedule)
    run.prove(value / 2)
    return run.outcome()


def underclaim(instance, run, *, seed, start):
    """Claim a value twice the true one."""
    value, schedule = _good(instance)
    run.offer(2 * value, schedule)
    return run.outcome()


def false_bound(instance, run, *, seed, start):
    """Prove more than is true."""
    value, schedule = _good(instance)
    run.offer(value, schedule)
    run.prove(value * 1.01)
    return run.outcome(Termination.TIME, Status.FEASIBLE)


def too_high(instance, run, *, seed, start):
    """Prove a bound that only others' schedules refute."""
    run.prove(1e6)
    return run.outcome()


def denies(instance, run, *, seed, start):
    """Claim that there is no schedule."""
    return Outcome(status=Status.INFEASIBLE, termination=Termination.PROOF)


def nothing(instance, run, *, seed, start):
    """Find nothing."""
    return run.outcome()


def empty_claim(instance, run, *, seed, start):
    """Claim a schedule there is not."""
    return Outcome(status=Status.OPTIMAL, termination=Termination.PROOF, objective=1.0)


def none(instance, run, *, seed, start):
    """Forget to return."""


def odd_details(instance, run, *, seed, start):
    """Return details of every kind."""
    run.offer(*_good(instance))
    return run.outcome(inf=float("inf"), array=np.arange(3), count=np.int64(7), nested={1: (np.float32(0.5), None)})


def endless(instance, run, *, seed, start):
    """Work until stopped, with an early incumbent."""
    run.offer(*_good(instance))
    while not run.stop():
        time.sleep(0.01)
        run.tick()
    return run.outcome()


def deaf(instance, run, *, seed, start):
    """Find something, then neither stop nor return."""
    run.offer(*_good(instance))
    while True:
        time.sleep(0.05)


def dies(instance, run, *, seed, start):
    """Take the process down, as a fault in a solver's own code does."""
    run.offer(*_good(instance))
    os.kill(os.getpid(), signal.SIGKILL)


def faulty(instance, run, *, seed, start):
    """Touch memory that is not there, as a fault in a solver's own code does."""
    import ctypes

    ctypes.string_at(0)


def threads(instance, run, *, seed, start):
    """Say how many threads there may be."""
    run.offer(*_good(instance))
    return run.outcome(threads=os.environ.get("OMP_NUM_THREADS"))


def leaves(instance, run, *, seed, start):
    """Find something, then end the interpreter."""
    run.offer(*_good(instance))
    sys.exit(3)


def breaks_off(instance, run, *, seed, start):
    """Raise what Ctrl-C raises, though nobody pressed it."""
    run.offer(*_good(instance))
    raise KeyboardInterrupt


def text(instance, run, *, seed, start):
    """Find words."""
    run.offer(1.0, "choice 1")
    return run.outcome()


def no_number(instance, run, *, seed, start):
    """Find something whose value is none."""
    run.offer(float("nan"), _good(instance)[1])
    return run.outcome()


def slow(instance, run, *, seed, start):
    """Take a moment over a random order."""
    from ecoopt_toy.methods import fill

    time.sleep(0.02)
    run.offer(*fill(instance, np.random.default_rng(seed).permutation(len(instance.cost_g))))
    run.tick()
    return run.outcome()


METHODS = tuple(
    Method("toy", name, Kind.HEURISTIC, globals()[name].__doc__, "fault", f"ecoopt_toy_faults:{name}")
    for name in ("crash", "crash_late", "crash_unbuilt", "picky", "infeasible", "unreadable", "overclaim",
                 "underclaim",
                 "false_bound", "too_high", "denies", "nothing", "empty_claim", "none", "odd_details", "endless",
                 "deaf", "dies", "faulty", "leaves", "breaks_off",
                 "text", "no_number", "threads", "slow"))
