"""Sprout's published runs by their schemes on expected values, and what horizons and known classes save beyond."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import ecoopt
from ecoopt.core.instance import Instance
from ecoopt.instances.directives import READERS

REGIONS = ("US-TEX", "US-CAL", "AU-SA", "NL", "GB")
SEEDS = 40


def main() -> None:
    """Print a table of saving and quality in percent for each region."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("carbon", type=Path, help="hourly intensities of a year by region")
    parser.add_argument("mix", type=Path, help="shares of classes by hour")
    parser.add_argument("--start-hour", type=int, default=800)
    options = parser.parse_args()
    print(f"{'saving / quality, %':34}" + "".join(f"{region:>14}" for region in REGIONS))
    columns = [_column(options, region) for region in REGIONS]
    for name in columns[0]:
        print(f"{name:34}" + "".join(f"{column[name]:>14}" for column in columns), flush=True)


def _column(options: argparse.Namespace, region: str) -> dict[str, str]:
    """Return what each scheme saves in a region."""

    def read(**changes: Any) -> Any:
        return READERS["sprout"](options.carbon, options.mix, region=region, start_hour=options.start_hour, **changes)

    judged, models = read(), read(options="models")
    # Schemes that break the rule are followed where it does not bind.
    free, free_models = judged.replace(tolerance=None), models.replace(tolerance=None)
    known = read(evaluator=False)
    hourly = ecoopt.solve(known, "oracle")
    assert hourly.score is not None
    loss = 1 - hourly.score.terms["quality"].value
    horizon = read(evaluator=False, tolerance=None, loss=loss)
    daily = read(evaluator=False, tolerance=None, daily_loss=loss)
    drawn = np.array([_terms(free, "sprout", seed=seed, options={"sampled": True}) for seed in range(SEEDS)])
    followed = ecoopt.solve(judged, "sprout").score
    assert followed is not None
    as_good = judged.replace(windows=({
        "start_h": 0, "end_h": judged.hours, "loss": 1 - followed.terms["quality"].value},))
    base = ecoopt.solve(judged, "base").score
    assert base is not None
    return {
        "base, mg a request": f"{base.terms['base_per_request_mg'].value:.2f}",
        "co2opt": _shown(free, "co2opt"),
        "model-opt, nearest tenth": _shown(free_models, "model-opt", options={"rounding": "nearest"}),
        "static": _shown(free, "static"),
        "sprout": _shown(judged, "sprout"),
        f"sprout, sampled: mean of {SEEDS} runs": "{:.1f} / {:.1f}".format(*drawn.mean(axis=0)),
        "  their standard deviation": "{:.1f} / {:.1f}".format(*drawn.std(axis=0)),
        "best evaluations and shares": _shown(judged, "horizon"),
        "the same as good as sprout": _shown(as_good, "horizon"),
        "oracle: true preferences": _shown(known, "oracle"),
        "horizon of the same quality": _shown(horizon, "horizon"),
        "each day of the same quality": _shown(daily, "horizon"),
        "rolling": _shown(horizon, "rolling"),
        "rolling, lognormal forecasts": _shown(horizon, "rolling", options={"forecast": "lognormal"}),
        "classes known, hourly rule": _shown(read(evaluator=False, class_aware=True), "horizon"),
        "classes known, horizon": _shown(horizon.replace(class_aware=True), "horizon")}


def _terms(instance: Instance, method: str, **how: Any) -> tuple[float, float]:
    """Return saving and mean hourly quality in percent, evaluations apart."""
    score = ecoopt.solve(instance, method, **how).score
    assert score is not None, method
    return 100 * score.terms["serving_saving"].value, 100 * score.terms["mean_hourly_quality"].value


def _shown(instance: Instance, method: str, **how: Any) -> str:
    return "{:.1f} / {:.1f}".format(*_terms(instance, method, **how))


if __name__ == "__main__":
    main()
