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
    "phase_split": {"zones": ["GB", "KR"], "hours": 3, "machines": ["a100", "h100"], "buckets": 4, "mode": "mixed",
                    "objective": "carbon", "start_min": 20.0, "rate_per_s": 8.0, "seed": 1},
    "llm_config": {"zones": ["GB"], "periods": 3, "classes": 2, "v100": 16, "a100": 8, "seed": 1},
    "spot_parallel": {"intervals": 8, "stages": 1, "machines": 3, "most_on_demand": 4, "load_rps": 3.0,
                      "bandwidth_gb_per_s": 2.0, "named": True, "zone": "GB", "rent_budget": 0.9, "seed": 1},
    "graph_partition": {"entities": 12, "degree": 2.0, "replication": "halo", "memory_slack": 0.3, "seed": 1},
    "kv_admission": {"requests": 8, "rate_per_round": 2.0, "tokens_per_unit": 200, "preemption": True, "seed": 1},
    "layer_placement": {"machines": 3, "layers": 9, "spread": 0.3, "seed": 1},
    "keepalive": {"functions": 6, "hours": 0.3, "seed": 3, "memory": 0.4},
}
