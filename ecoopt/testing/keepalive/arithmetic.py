"""What a call and a wait emit and cost, in plain Python and one at a time: written apart from referee and solvers."""

from datetime import datetime
from functools import lru_cache
from math import fsum

from ecoopt.instances.keepalive import KeepAliveInstance


class PlainCarbon:
    """Grams and costs of single calls and single waiting containers (EcoLife, SC'24: ``compute_exe``, ``compute_kat``).

    Grams come as pairs: embodied, operational.

    Parameters
    ----------
    instance : KeepAliveInstance
        Whose functions, boxes and carbon intensity to use.
    """

    def __init__(self, instance: KeepAliveInstance) -> None:
        self.instance = instance
        self.intensity = intensity_by_minute(instance)
        self._divisors = lru_cache(maxsize=None)(self._worst_cases)

    def call_s(self, function: int, generation: int, warm: bool) -> float:
        """Return the service time of one call."""
        profiles, p = self.instance.profiles, self._profile(function)
        warm_s = float(profiles.warm_s[p, generation])
        return warm_s if warm else warm_s + float(profiles.cold_start_s[p, generation])

    def call_g(self, function: int, generation: int, warm: bool, at_g_per_kwh: float) -> tuple[float, float]:
        """Return the grams of one call at a carbon intensity."""
        profiles, p = self.instance.profiles, self._profile(function)
        box = self.instance.generations[generation]
        share = float(profiles.memory_gb[p]) / box.memory_gb
        cpu_j, dram_j = float(profiles.warm_cpu_j[p, generation]), float(profiles.warm_dram_j[p, generation])
        if not warm:
            cpu_j += float(profiles.cold_start_cpu_j[p, generation])
            dram_j += float(profiles.cold_start_dram_j[p, generation])
        lived = self.call_s(function, generation, warm) / box.lifetime_s
        embodied = lived * (box.embodied.cpu_kg + share * box.embodied.dram_kg) * 1000
        return embodied, at_g_per_kwh * (cpu_j + share * dram_j) / 3_600_000

    def minute_g(self, function: int, generation: int, at_g_per_kwh: float) -> tuple[float, float]:
        """Return the grams of one container that waits for one minute at a carbon intensity."""
        box = self.instance.generations[generation]
        share = float(self.instance.profiles.memory_gb[self._profile(function)]) / box.memory_gb
        embodied = 60 / box.lifetime_s * (box.embodied.cpu_kg / box.cores + share * box.embodied.dram_kg) * 1000
        watts = box.idle_cpu_w / box.cores + share * box.idle_dram_w
        return embodied, at_g_per_kwh * watts / 1000 / 60

    def wait_g(
        self, function: int, generation: int, minute: int, keep_min: int, gap: int | None
    ) -> tuple[float, float]:
        """Return the grams of one container that waits from `minute` for at most `keep_min` minutes.

        The next call comes after `gap` minutes; None means there is none.
        """
        horizon = self.instance.invocations.horizon_min
        served = gap is not None and gap <= keep_min
        end = minute + (keep_min if gap is None else min(keep_min, gap))
        if self.instance.accounting == "artifact":
            if not served and minute + keep_min >= horizon:
                return 0.0, 0.0
            grams = [self.minute_g(function, generation, self.intensity[minute])] * (end - minute)
        else:
            grams = [self.minute_g(function, generation, self.intensity[m]) for m in range(minute, min(end, horizon))]
        return fsum(g[0] for g in grams), fsum(g[1] for g in grams)

    def call_cost(self, function: int, generation: int, warm: bool, minute: int) -> float:
        """Return what one call adds to the objective."""
        worst_s, worst_call_g, _ = self._divisors(self._profile(function))
        seconds = self.call_s(function, generation, warm)
        grams = sum(self.call_g(function, generation, warm, self.intensity[minute]))
        weights = self.instance.weights
        if weights.normalisation == "grams":
            return weights.grams_per_s * seconds + grams
        return weights.time_weight * seconds / worst_s + (1 - weights.time_weight) * grams / worst_call_g

    def wait_cost(self, function: int, generation: int, minute: int, keep_min: int, gap: int | None) -> float:
        """Return what one waiting container adds to the objective; arguments as in `wait_g`."""
        return self.keep_weight(function) * sum(self.wait_g(function, generation, minute, keep_min, gap))

    def keep_weight(self, function: int) -> float:
        """Return what a gram of keep-alive adds to the objective."""
        weights = self.instance.weights
        if weights.normalisation == "grams":
            return 1.0
        return (1 - weights.time_weight) / self._divisors(self._profile(function))[2]

    def _profile(self, function: int) -> int:
        return int(self.instance.function_profile[function])

    def _worst_cases(self, profile: int) -> tuple[float, float, float]:
        """Return worst cold time, worst cold grams and worst grams of the reference wait of a profile, 1 for 0."""
        function = self.instance.function_profile.tolist().index(profile)
        weights, boxes = self.instance.weights, range(len(self.instance.generations))
        at = weights.reference_intensity_g_per_kwh
        return (
            max(self.call_s(function, s, False) for s in boxes) or 1.0,
            max(sum(self.call_g(function, s, False, at)) for s in boxes) or 1.0,
            max(weights.reference_keep_min * sum(self.minute_g(function, s, at)) for s in boxes) or 1.0)


def intensity_by_minute(instance: KeepAliveInstance) -> list[float]:
    """Return the mean intensity of each minute of the horizon, looked up second by second."""
    carbon = instance.carbon
    begin, trace_begin = (datetime.fromisoformat(text) for text in (instance.start_utc, carbon.start_utc))
    lead_s = round((begin - trace_begin).total_seconds())
    values = carbon.intensity_g_per_kwh.tolist()
    return [fsum(values[(lead_s + 60 * m + s) // carbon.step_s] for s in range(60)) / 60
            for m in range(instance.invocations.horizon_min)]
