"""Fleets like the reference ones, of any size: their four kinds of work, loads drawn anew, limits in proportion.

    python -m benchmarks.power_cap.fleets reference/power_cap.json.gz -o fleet.json --classes 8 --hours 168 --rebound 2
"""

import argparse
from pathlib import Path

import numpy as np

from ecoopt.core.files import write_json
from ecoopt.instances.carbon import generate_carbon
from ecoopt.instances.power_cap import PowerCapInstance
from ecoopt.instances.power_cap.importing import import_power_cap_reference

_LOAD_GPU_H = (95.0, 190.0)
_START_UTC = "2023-01-01T00:00:00Z"


def fleet(reference: Path, classes: int, hours: int, rebound: float, seed: int) -> PowerCapInstance:
    """Return a fleet with the curves, costs and limits of the reference: 200 GPUs and 144 W a GPU for each class."""
    rng = np.random.default_rng(seed)
    model = import_power_cap_reference(reference, name="fleet-24-2")
    gpus = 200 * classes
    work = tuple(
        model.classes[k % 4].replace(name=f"{model.classes[k % 4].name} {k // 4 + 1}", quota_gpus=float(gpus),
                                     rebound=rebound, submitted_gpu_h=rng.uniform(*_LOAD_GPU_H, hours))
        for k in range(classes))
    warm_c = 22 + 6 * np.cos(2 * np.pi * (np.arange(hours) - 15) / 24)
    assert model.hall is not None
    made: PowerCapInstance = model.replace(
        name=f"fleet-{classes}-{hours}-{rebound:g}-s{seed}", classes=work, pue=np.ones(hours),
        pools=(model.pools[0].replace(gpus=gpus),), power_limit_w=np.full(hours, 144.0 * gpus),
        carbon=generate_carbon("US-CAL-CISO", days=-(-hours // 24), start=_START_UTC, seed=seed),
        hall=model.hall.replace(ambient_c=warm_c))
    return made


def main() -> None:
    """Write a fleet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reference", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--classes", type=int, default=8)
    parser.add_argument("--hours", type=int, default=168)
    parser.add_argument("--rebound", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write_json(given.output, fleet(given.reference, given.classes, given.hours, given.rebound, given.seed)
               .model_dump(mode="json"))


if __name__ == "__main__":
    main()
