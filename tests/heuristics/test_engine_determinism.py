import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from engine_toys import Flips
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.annealing import anneal
from ecoopt.heuristics.engines.iterated_local_search import iterate
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, Swarm, minimise

found = minimise(lambda x: (x * x).sum(1), SearchSpace([-9, -9], [5, 9], [True, False]),
                 rng=np.random.default_rng(7), run=Run(Budget(iterations=40)))
print(found.position.tobytes().hex())
swarm = Swarm(SearchSpace.integers([0, 0], [1, 30]), np.random.default_rng(1), PsoSettings.published())
for k in range(20):
    swarm.tell(abs(swarm.ask() - k).sum(1))
    swarm.perceive([k % 3, k % 2])
print(swarm.positions.tobytes().hex(), swarm.velocities.tobytes().hex())
toy = Flips(40, 0)
found = anneal(toy, toy.value(), snapshot=toy.snapshot, rng=np.random.default_rng(2), run=Run(Budget(iterations=900)))
print(found.value.hex(), found.best, toy.snapshot())
toy = Flips(40, 0, 0.2)
found = iterate([toy], toy.value(), perturb=toy.kick, snapshot=toy.snapshot, restore=toy.restore,
                rng=np.random.default_rng(3), run=Run(Budget(iterations=20)))
print(found.value.hex(), found.best, found.evaluations)
"""


def test_processes_with_different_hash_seeds_search_alike():
    processes = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(Path(__file__).parent)], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=os.environ | {"PYTHONHASHSEED": seed}, text=True)
        for seed in ("0", "4242")]
    (one, error), (other, _) = (process.communicate() for process in processes)
    assert one == other
    assert one.count("\n") == 4, error
