"""Clover's experiments with the synthetic performance model, by their schemes and ours; ``--help`` for options."""

import argparse
import time
from pathlib import Path
from typing import Any

import ecoopt
from ecoopt.core.instance import Instance
from ecoopt.core.result import Result

SERVICES = ("yolo", "efficientnet", "albert")
METHODS = ("base", "co2opt", "blover", "clover", "oracle", "path", "greedy", "local-search", "milp")
SETTINGS = {"consolidated": (2, 1.0), "equal load": (2, 0.2)}
"""GPUs, and load relative to Clover's consolidated runs; the baseline's is a fifth of it for each GPU."""


def main() -> None:
    """Run every case and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--carbon", type=Path, help="Clover's table of intensities; a synthetic trace without it")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of each run")
    parser.add_argument("--together", type=int, nargs="*", metavar="GPUS",
                        help="instead, the three services together on so many GPUs, with waves of load")
    options = parser.parse_args()
    print(f"{'case':26} {'method':13} {'100 f':>8} {'saving %':>9} {'loss %':>7} {'objective':>10} {'gap %':>7} "
          f"{'s':>7}")
    if options.together is not None:
        for gpus in options.together:
            for power_off in (False, True):
                instance = ecoopt.generate("mig_serving", gpus=gpus, power_off=power_off)
                _rows(f"{gpus} GPUs, {'may be off' if power_off else 'all on'}", instance, None, options.seconds)
        return
    for service in SERVICES:
        reference = ecoopt.solve(_instance(options, service, 10, 0.2), "base")
        for name, (gpus, load) in SETTINGS.items():
            _rows(f"{service}, {name}", _instance(options, service, gpus, load), reference, options.seconds)


def _instance(options: argparse.Namespace, service: str, gpus: int, load: float) -> Instance:
    """Return a service alone at constant load, all GPUs on, switching free."""
    shared: dict[str, Any] = {
        "services": [service], "gpus": gpus, "load": load, "diurnal": 0.0, "noise": 0.0, "power_off": False,
        "carbon_weight": 0.1, "repartition_j": 0.0, "power_on_j": 0.0}
    if options.carbon is None:
        return ecoopt.generate("mig_serving", **shared)
    from ecoopt.instances.mig_serving import READERS

    return READERS["clover-carbon"](options.carbon, **shared)


def _rows(case: str, instance: Instance, reference: Result | None, seconds: float) -> None:
    """Print a row for each method; carbon is saved against the reference, or against the baseline of the objective."""
    for method in METHODS:
        began = time.perf_counter()
        found = ecoopt.solve(instance, method, time_limit=seconds)
        spent = time.perf_counter() - began
        if found.score is None:
            print(f"{case:26} {method:13} {'no schedule within the limits':>45} {spent:15.1f}", flush=True)
            continue
        value = {name: term.value for name, term in found.score.terms.items()}
        saving = value["carbon_saving"]
        if reference is not None and reference.score is not None:
            saving = 1 - value["carbon_per_request_mg"] / reference.score.terms["carbon_per_request_mg"].value
        gap = f"{100 * found.gap:7.3f}" if found.bound is not None else 7 * " "
        print(f"{case:26} {method:13} {100 * value['clover_objective']:8.3f} {100 * saving:9.1f} "
              f"{100 * value['quality_loss']:7.2f} {found.score.objective:10.6f} {gap} {spent:7.1f}", flush=True)


if __name__ == "__main__":
    main()
