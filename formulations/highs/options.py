"""Options of HiGHS: every one is checked, because HiGHS itself would solve on after a misspelt name."""

from difflib import get_close_matches
from typing import Any

import highspy

from ecoopt.core.errors import InputError, Problem

Options = dict[str, bool | int | float | str]

_OWNED = {
    "time_limit": "set the run's budget", "mip_max_nodes": "set the iterations of the run's budget",
    "mip_rel_gap": "use the argument `gap`", "mip_abs_gap": "use the argument `slack`",
    "threads": "use the argument `threads`",
    "random_seed": "use the argument `seed`", "parallel": "use the argument `threads`",
    "output_flag": "the driver reads the log; use `result.log`",
    "log_to_console": "the driver reads the log; use `result.log`", "mip_min_logging_interval": "the driver sets it"}

RECORDED = (
    "mip_rel_gap", "mip_abs_gap", "mip_feasibility_tolerance", "primal_feasibility_tolerance",
    "dual_feasibility_tolerance", "random_seed", "threads", "parallel", "presolve", "solver", "time_limit",
    "mip_max_nodes")


def set_options(solver: highspy.Highs, options: Options) -> None:
    """Set options the user gave.

    Raises
    ------
    InputError
        With every unknown option, wrong value, and option that the driver sets itself.
    """
    wrong = []
    for name, setting in options.items():
        if name in _OWNED:
            wrong.append(Problem(name, "is not an option to set here", _OWNED[name]))
        elif solver.setOptionValue(name, setting) != highspy.HighsStatus.kOk:
            wrong.append(_refused(solver, name, setting))
    if wrong:
        raise InputError("HiGHS options", wrong)


def set_own(solver: highspy.Highs, options: Options) -> None:
    """Set options of the driver itself.

    Raises
    ------
    InputError
        With every value HiGHS refuses, such as a negative gap.
    """
    wrong = [_refused(solver, name, setting) for name, setting in options.items()
             if solver.setOptionValue(name, setting) != highspy.HighsStatus.kOk]
    if wrong:
        raise InputError("HiGHS options", wrong)


def settings(solver: highspy.Highs) -> dict[str, Any]:
    """Return the settings a result records, defaults of HiGHS included."""
    effective = solver.getOptions()
    return {name: getattr(effective, name) for name in RECORDED}


def _refused(solver: highspy.Highs, name: str, setting: Any) -> Problem:
    known = [option for option in dir(solver.getOptions()) if not option.startswith("_")]
    if name in known:
        return Problem(name, f"{setting!r} is not accepted", "give a value of the type and range HiGHS documents")
    near = get_close_matches(name, known, n=1)
    return Problem(name, "unknown option", f"did you mean {near[0]}?" if near else "see the options of HiGHS")
