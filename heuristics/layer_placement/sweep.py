"""The sweep: machines in a given order, each with its layers, put down at the first layer that lacks some."""


def swept(
    order: list[int], held: list[int], speed: list[int], layers: int, target: int,
) -> tuple[int, list[tuple[int, int]]]:
    """Return the first layer that lacks some of the target, `layers` if none does, and machines with first layers.

    Parameters
    ----------
    order : list of int [M]
        Machines in the order in which they are put down; those not needed are not.
    held, speed : list of int [M]
        Layers of each machine, and what it takes.
    layers, target : int
        Layers, and what each is to take.
    """
    ends = [0] * (layers + 1)
    front, now = 0, 0
    starts: list[tuple[int, int]] = []
    for machine in order:
        starts.append((machine, front))
        now += speed[machine]
        end = front + held[machine]
        if end < layers:
            ends[end] += speed[machine]
        while front < layers and now >= target:
            front += 1
            now -= ends[front]
        if front == layers:
            break
    return front, starts


def best_sweep(order: list[int], held: list[int], speed: list[int], layers: int) -> list[tuple[int, int]]:
    """Return the placement of the largest target, found by bisection, that the sweep reaches."""
    best: list[tuple[int, int]] = []
    low, high = 0, sum(k * each for k, each in zip(held, speed, strict=True)) // layers + 1
    while high - low > 1:
        target = (low + high) // 2
        front, starts = swept(order, held, speed, layers, target)
        if front == layers:
            low, best = target, starts
        else:
            high = target
    return best
