"""The best schedule of a tiny instance, found by trying every one that could be best."""

from functools import cache

from ecoopt.instances.dispatch import DispatchInstance


def best_by_enumeration(instance: DispatchInstance) -> float:
    """Return the largest weight of queries on time, in O(Q! M^Q).

    Queries are taken in every order, each begun as early as its machine allows: pulling a query forward hurts nobody.
    Late queries are as good as left out.
    """
    machine_type = [k for k, kind in enumerate(instance.types) for _ in range(kind.count)]
    arrival, weight = instance.arrival_tick.tolist(), instance.query_weight.tolist()
    service = instance.service_tick.tolist()

    @cache
    def best(left: frozenset[int], free: tuple[int, ...]) -> float:
        value = 0.0
        for q in left:
            tried = set()
            for m, kind in enumerate(machine_type):
                if (kind, free[m]) in tried:
                    continue
                tried.add((kind, free[m]))
                end = max(free[m], arrival[q]) + service[q][kind]
                if end <= arrival[q] + instance.qos_ticks:
                    value = max(value, weight[q] + best(left - {q}, (*free[:m], end, *free[m + 1:])))
        return value

    return best(frozenset(range(instance.queries)), (0,) * len(machine_type))
