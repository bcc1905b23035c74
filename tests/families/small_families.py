"""A small instance of every family of ours, by the options of its generator."""

from typing import Any

SMALL: dict[str, dict[str, Any]] = {
    "mig_serving": {"gpus": 2, "hours": 3, "services": ["yolo", "albert"], "seed": 1},
    "mig_partition": {"gpus": 3, "jobs_per_gpu": 2.0, "running": 0.4, "seed": 2},
    "mig_cluster": {"gpus": 2, "jobs": 8, "seed": 4},
    "pool": {"objective": "cost", "kinds": 3, "demand": 3.0, "max_count": 4, "seed": 1},
    "dispatch": {"queries": 14, "counts": [1, 0, 2, 0], "rate_per_s": 60.0, "tick_ms": 10.0, "seed": 6},
    "directives": {"hours": 24, "evaluator": True, "tolerance": 0.2, "seed": 1},
    "refresh": {"sites": 2, "periods": 4, "gpus": 12, "purchases": 0.5, "seed": 1},
    "node_mix": {"workloads": 4, "generations": ["V100"], "spread": 1.0, "second_budget": 0.7, "seed": 1},
    "shifting": {"jobs": 8, "hours": 12, "zones": ["GB", "JP-TK"], "interruptible": 0.3, "load": 0.5, "seed": 1},
    "power_cap": {"classes": 2, "hours": 4, "gpus": 20, "caps": [0.6, 0.8, 1.0], "rebound": 1.0, "seed": 1},
    "power_cap_jobs": {"jobs": 8, "gpus": 8, "hours": 12, "seed": 1},
    "power_cap_thresholds": {"scenarios": 12, "levels": 4, "step_s": 3600, "trip_share": 0.1, "seed": 1},
    "llm_config": {"zones": ["GB"], "periods": 3, "classes": 2, "v100": 16, "a100": 8, "seed": 1},
    "layer_placement": {"machines": 3, "layers": 9, "spread": 0.3, "seed": 1},
    "keepalive": {"functions": 6, "hours": 0.3, "seed": 3, "memory": 0.4},
}
