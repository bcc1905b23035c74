"""Admission under KV-cache memory, fast side: online policies in a simulator, and heuristics that know all requests."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.kv_admission"


def _method(name: str, kind: Kind, title: str, source: str, module: str) -> Method:
    return Method("kv_admission", name, kind, title, source, f"{_HERE}.{module}:{name.replace('-', '_')}")


METHODS = (
    _method("fcfs", Kind.BASELINE, "First come first served, when memory will hold to the end", "ecoopt", "online"),
    _method("static", Kind.BASELINE, "Batches that are filled at once, of any or of like lengths",
            "request-level batching in Orca, OSDI'22", "online"),
    _method("orca", Kind.BASELINE, "First come first served, memory reserved for the whole answer",
            "Orca, OSDI'22, as in vLLM, SOSP'23", "online"),
    _method("vllm", Kind.BASELINE, "Admit while memory holds now, stop the youngest when it overflows",
            "vLLM, SOSP'23", "online"),
    _method("random", Kind.BASELINE, "Any order, when memory will hold", "ecoopt", "online"),
    _method("sjf", Kind.ONLINE, "Shortest answers first, by true or predicted length", "S3, NeurIPS'23", "online"),
    _method("peak-check", Kind.ONLINE, "Shortest answers first, all with which memory will hold at each end",
            "Jaillet et al., arXiv:2502.07115", "online"),
    _method("volume", Kind.ONLINE, "Least tokens times rounds per weight first, when memory will hold", "ecoopt",
            "online"),
    _method("price-threshold", Kind.ONLINE, "Weight per token and round against a price of full memory",
            "online knapsack of Zhou, Chakrabarty and Lukose, WINE'08", "online"),
    _method("assigned", Kind.BASELINE, "Each request bound to the replica with least to do at its arrival", "ecoopt",
            "online"),
    _method("rebalance", Kind.ONLINE, "Running requests moved between replicas to make room", "Llumnix, OSDI'24",
            "online"),
    _method("vtc", Kind.ONLINE, "The client that was served least first", "VTC, OSDI'24", "online"),
    _method("greedy", Kind.HEURISTIC, "The best of eight rules, all requests known", "ecoopt", "offline"),
    _method("local-search", Kind.HEURISTIC, "Requests that run at about the same time taken out and put back",
            "ruin and recreate of Schrimpf et al., J. Comput. Phys. 159, 2000; moves: ecoopt", "offline"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on keys of order, requests placed one by one",
            "engine of Jiang et al., EcoLife, SC'24; random keys of Bean, ORSA J. Comput. 6, 1994", "offline"),
)
