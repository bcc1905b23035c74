"""Pictures of KV admission: when requests wait and run, what each replica's memory holds, and how many wait."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.stretches import prefill_rounds
from ecoopt.plot.style import INK, MUTED, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import one_line

TRADEOFF = ("mean_latency_s", "mean_first_token_s")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_WIDTH_IN = 7.2
_MOST_REQUESTS, _MOST_REPLICAS = 120, 4


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a schedule.

    Parameters
    ----------
    instance : KvAdmissionInstance
        What was asked.
    schedule : KvAdmissionSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``memory``: the first 120 requests as they wait and run; what the first four replicas hold, tokens read and
        tokens generated, under their memory; how many requests wait.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, KvAdmissionInstance) or not isinstance(schedule, KvAdmissionSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a KvAdmissionInstance and a KvAdmissionSchedule")
    with style():
        return {"memory": _memory(instance, schedule)}


def held_tokens(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule) -> IntArray:
    """Return what replicas hold in each round: tokens read, then tokens generated since, int array [2, R, T].

    Tokens that were generated before a break are read again, and count as such after it.
    """
    held = np.zeros((2, instance.replicas, instance.rounds), dtype=np.int64)
    for request, replica, start, decode, until in _stretches(instance, schedule):
        if replica >= instance.replicas:
            continue
        context = int(instance.prompt_tokens[request[0]]) + request[1]
        chunk = context if instance.chunk_tokens is None else instance.chunk_tokens
        t = np.arange(start, min(until, instance.rounds))
        held[0, replica, t] += np.minimum((t - start + 1) * chunk, context)
        held[1, replica, t] += np.maximum(t - decode + 1, 0)
    return held


def _stretches(
    instance: KvAdmissionInstance, schedule: KvAdmissionSchedule,
) -> list[tuple[tuple[int, int], int, int, int, int]]:
    """Return of each stretch its request and the tokens before, replica, first round, that of its first token, end."""
    found = []
    for i in range(min(instance.requests, len(schedule.offset) - 1)):
        before, until, home = 0, -1, -1
        for s in range(int(schedule.offset[i]), int(schedule.offset[i + 1])):
            replica, start, tokens = (int(part[s]) for part in (
                schedule.replica, schedule.start_round, schedule.tokens))
            moves = before > 0 and instance.migration_tokens > 0 and start == until and replica != home
            reads = 1 if moves else int(prefill_rounds(instance, instance.prompt_tokens[i:i + 1] + before)[0])
            until, home = start + reads - 1 + tokens, replica
            found.append(((i, before), replica, start, start + reads - 1, until))
            before += tokens
    return found


def _memory(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule) -> Figure:
    """Draw the panels from top to bottom: requests, the memory of replicas, who waits."""
    shown, replicas = min(instance.requests, _MOST_REQUESTS), min(instance.replicas, _MOST_REPLICAS)
    stretches = _stretches(instance, schedule)
    end = min(max([1, *(until for *_, until in stretches)]), instance.rounds)
    held = held_tokens(instance, schedule)[:, :, :end]
    tall = 0.6 + 0.045 * shown
    figure = new_figure(_WIDTH_IN, tall + 1.4 * replicas + 1.6, _alt(instance, held, stretches))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    panels = figure.subplots(replicas + 2, 1, sharex=True, height_ratios=[tall, *[1.2] * replicas, 0.8])
    _bars(panels[0], instance, stretches, shown, end)
    for r in range(replicas):
        _levels(panels[1 + r], held[:, r], int(instance.memory_tokens[r]), r if instance.replicas > 1 else None)
    _waiting(panels[-1], instance, schedule, end)
    panels[-1].set_xlim(0, end)
    panels[-1].set_xlabel("round")
    figure.align_ylabels(panels)
    legend_below(figure, panels[1], 3)
    return figure


def _bars(
    panel: Axes, instance: KvAdmissionInstance, stretches: list[tuple[tuple[int, int], int, int, int, int]],
    shown: int, end: int,
) -> None:
    """Draw each request as a line while it waits and a bar while it runs, coloured by client."""
    first = np.full(instance.requests, end)
    last = np.full(instance.requests, end)
    for (i, _), _, start, _, until in reversed(stretches):
        first[i], last[i] = start, max(last[i] if last[i] < end else 0, until)
    rank = np.empty(instance.requests, dtype=np.int64)
    rank[np.lexsort((instance.arrival_round, first))] = np.arange(instance.requests)

    def box(left: float, right: float, i: int, half: float) -> FloatArray:
        y = rank[i]
        return np.array([[left, y - half], [left, y + half], [right, y + half], [right, y - half]], dtype=np.float64)

    some = [i for i in range(instance.requests) if rank[i] < shown]
    panel.add_collection(PolyCollection([box(instance.arrival_round[i], last[i], i, 0.08) for i in some],
                                        facecolors=OTHERS.light, linewidths=0))
    runs = [(i, start, until) for (i, _), _, start, _, until in stretches if rank[i] < shown]
    colours = [SERIES[int(instance.client[i]) % len(SERIES)].light for i, _, _ in runs]
    panel.add_collection(PolyCollection([box(start, until, i, 0.42) for i, start, until in runs], facecolors=colours,
                                        linewidths=0))
    panel.set_ylim(shown, -1)
    panel.set_yticks([])
    panel.grid(visible=False)
    left_out = f", the first {shown} shown" if shown < instance.requests else ""
    by = ", coloured by client" if instance.clients > 1 else ""
    panel.set_title(f"{instance.requests} requests as they wait and run{by}{left_out}")
    panel.set_ylabel("requests")


def _levels(panel: Axes, held: IntArray, memory: int, replica: int | None) -> None:
    """Draw what a replica holds, under its memory."""
    edges = np.arange(held.shape[1] + 1)
    tops = np.vstack([np.zeros((1, held.shape[1])), np.cumsum(held, axis=0)])
    closed = np.concatenate([tops, tops[:, -1:]], axis=1)
    for row, (name, colour) in enumerate((("read", SERIES[1].light), ("generated", SERIES[0].light))):
        panel.fill_between(edges, closed[row], closed[row + 1], step="post", color=colour, linewidth=0, label=name)
    panel.axhline(memory, color=INK.light, linewidth=1.0, label="memory")
    panel.set_ylim(0, 1.15 * max(memory, int(tops[-1].max())))
    share = 100 * float(tops[-1].mean()) / memory
    panel.set_title(f"{'memory' if replica is None else f'replica {replica}'}: {share:.0f} % held on average")
    panel.set_ylabel("tokens")


def _waiting(panel: Axes, instance: KvAdmissionInstance, schedule: KvAdmissionSchedule, end: int) -> None:
    """Draw how many requests have come and not begun."""
    served = np.diff(schedule.offset) > 0
    begun = schedule.start_round[schedule.offset[:-1][served]]
    change = np.bincount(np.minimum(instance.arrival_round[served], end), minlength=end + 1).astype(np.int64)
    change -= np.bincount(np.minimum(begun, end), minlength=end + 1)
    panel.step(np.arange(end + 1), np.cumsum(change), where="post", color=MUTED.light)
    panel.set_ylim(bottom=0)
    panel.set_title("requests that have come and not begun")
    panel.set_ylabel("requests")


def _alt(
    instance: KvAdmissionInstance, held: IntArray, stretches: list[tuple[tuple[int, int], int, int, int, int]],
) -> str:
    """Return what the picture shows, in words."""
    served = len({i for (i, _), *_ in stretches})
    peak = ", ".join(f"{100 * held[:, r].sum(axis=0).max() / instance.memory_tokens[r]:.0f} %"
                     for r in range(min(instance.replicas, _MOST_REPLICAS)))
    return (f"{served} of {instance.requests} requests run in {len(stretches)} stretches over {held.shape[2]} rounds; "
            f"memory is held up to {peak}.")
