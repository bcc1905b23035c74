
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.perception import Perception
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, Swarm, minimise


def sphere(x):
    return np.einsum("ij,ij->i", x, x)


spaces = st.lists(
    st.tuples(st.integers(-20, 20), st.integers(0, 30), st.booleans(), st.floats(0, 0.9)), min_size=1, max_size=6,
).map(lambda rows: SearchSpace(
    [low + (0 if whole else part) for low, _, whole, part in rows],
    [low + width + (0 if whole else part) for low, width, whole, part in rows],
    [whole for *_, whole, _ in rows]))

settings = st.builds(
    PsoSettings, swarm_size=st.integers(1, 12), rounding=st.sampled_from(["nearest", "truncate"]),
    velocities=st.sampled_from(["kept", "redrawn"]), draws=st.sampled_from(["dimension", "particle"]),
    scattered=st.sampled_from(["random", "first"]), scattered_share=st.floats(0, 1),
    velocity_limit=st.none() | st.floats(0.01, 3), pull_max=st.floats(0.3, 3), inertia_max=st.floats(0.5, 2))


# ---------------------------------------------------------------- the space


def test_a_space_reports_every_wrong_bound_at_once():
    with pytest.raises(InputError) as caught:
        SearchSpace([0, np.nan, 2, 0], [1, 1, 1, 1.5], [True, False, True, True])
    assert {problem.field for problem in caught.value.problems} == {"lower[1]", "upper[2]", "integer[3]"}


@pytest.mark.parametrize(("lower", "upper", "integer"), [
    ([0, 0], [1], False), ([], [], False), ([[0]], [[1]], False), (["a"], [1], False), ([0], [1], [1]),
    ([0], [np.inf], False), ([-1.7e308], [1.7e308], False), ([0], [2.0**60], True)])
def test_a_space_that_cannot_be_searched_is_refused(lower, upper, integer):
    with pytest.raises(InputError):
        SearchSpace(lower, upper, integer)


@given(spaces)
def test_samples_lie_in_the_space(space):
    assert space.contains(space.sample(np.random.default_rng(0), 50)).all()


def test_integer_samples_are_uniform_over_both_bounds():
    drawn = SearchSpace.integers([-1], [2]).sample(np.random.default_rng(3), 4000)
    counts = np.bincount((drawn[:, 0] + 1).astype(int), minlength=4)
    assert len(counts) == 4
    assert abs(counts - 1000).max() < 130


def test_points_counts_an_integer_space():
    assert SearchSpace.integers([0, 0], [1, 30]).points == 62
    assert SearchSpace([0.0], [1.0]).points == np.inf


def test_a_space_copies_and_freezes_its_bounds():
    lower = np.zeros(2)
    space = SearchSpace(lower, [1, 1])
    lower[0] = 5
    assert space.lower[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        space.lower[0] = 1


# ---------------------------------------------------------------- the swarm


@given(spaces, settings, st.integers(0, 2**32), st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8))
def test_every_position_asked_for_lies_in_the_space_exactly(space, chosen, seed, changes):
    swarm = Swarm(space, np.random.default_rng(seed), chosen)
    values = np.random.default_rng(seed)
    for change in changes:
        asked = swarm.ask()
        assert space.contains(asked).all()
        swarm.tell(values.normal(size=len(asked)))
        swarm.perceive([change])


def test_a_calm_swarm_asks_for_each_particle_once_and_a_warned_one_for_its_memory_too():
    swarm = Swarm(SearchSpace([0] * 3, [1] * 3), np.random.default_rng(0), PsoSettings(swarm_size=7))
    swarm.tell(sphere(swarm.ask()))
    assert swarm.ask().shape == (7, 3)
    swarm.tell(np.zeros(7))
    swarm.perceive([1.0])
    asked = swarm.ask()
    assert asked.shape == (14, 3)
    assert np.array_equal(asked[7:], swarm.memory)
    swarm.tell(np.zeros(14))
    assert swarm.ask().shape == (7, 3)


def test_without_reevaluation_a_warned_swarm_trusts_its_memory():
    swarm = Swarm(SearchSpace([0], [1]), np.random.default_rng(0), PsoSettings(reevaluate=False))
    swarm.tell(sphere(swarm.ask()))
    swarm.perceive([1.0])
    assert swarm.ask().shape == (15, 1)


def test_the_first_ask_moves_nothing_and_perceiving_before_it_keeps_the_start():
    start = np.array([[0.25, 0.5], [0.75, 0.5]])
    swarm = Swarm(SearchSpace([0, 0], [1, 1]), np.random.default_rng(0), start=start)
    swarm.perceive([4.0])
    assert np.array_equal(swarm.ask()[:2], start)


def test_the_best_is_a_copy_that_no_later_move_changes():
    swarm = Swarm(SearchSpace([-1] * 4, [1] * 4), np.random.default_rng(1))
    kept, seen = [], []
    for _ in range(30):
        swarm.tell(sphere(swarm.ask()))
        kept.append(swarm.best_position)
        seen.append(kept[-1].copy())
        assert swarm.best_value == sphere(kept[-1][None])[0]
    assert np.array_equal(kept, seen)
    kept[-1][:] = 99
    assert np.array_equal(swarm.best_position, seen[-1])


def test_the_best_is_the_least_value_ever_told_and_each_memory_the_least_of_its_particle():
    swarm = Swarm(SearchSpace([-1] * 4, [1] * 4), np.random.default_rng(1))
    told, where = [], []
    for _ in range(25):
        where.append(swarm.ask().copy())
        told.append(sphere(where[-1]))
        swarm.tell(told[-1])
    values, positions = np.array(told), np.array(where)
    assert swarm.best_value == values.min()
    first = values.argmin(axis=0)
    assert np.array_equal(swarm.memory, positions[first, np.arange(15)])


def test_after_a_change_the_best_is_the_best_remembered_position_under_the_new_objective():
    swarm = Swarm(SearchSpace([-5] * 2, [5] * 2), np.random.default_rng(2))
    for _ in range(10):
        swarm.tell(sphere(swarm.ask()))
    swarm.perceive([1.0])
    asked = swarm.ask()
    values = ((asked - 4.0) ** 2).sum(axis=1)
    swarm.tell(values)
    assert swarm.best_value == values.min()
    assert np.array_equal(swarm.best_position, asked[values.argmin()])


def test_velocity_follows_the_published_equation():
    chosen = PsoSettings(swarm_size=3, draws="particle", velocities="redrawn")
    swarm = Swarm(SearchSpace([-1e6] * 2, [1e6] * 2), np.random.default_rng(5), chosen)
    swarm.tell(sphere(swarm.ask()))
    x, v, memory = swarm.positions, swarm.velocities, swarm.memory
    swarm.perceive([0.0])
    v = swarm.velocities
    assert ((v >= 0) & (v < 1)).all()
    moved = swarm.ask()[:3]
    # the memory of every particle is its own position, so only inertia and the pull to the swarm's best remain
    assert np.array_equal(x, memory)
    pull = (moved - x - 0.5 * v) / np.where(swarm.best_position == x, 1.0, swarm.best_position - x)
    for row in pull:
        assert row[0] == pytest.approx(row[1], abs=1e-9)
        assert -1e-9 <= row[0] < 1.0
    assert np.allclose(swarm.velocities, moved - x, atol=1e-9)


@pytest.mark.parametrize(("rounding", "expected"), [("nearest", 1.0), ("truncate", 0.0)])
def test_rounding_decides_where_a_small_velocity_leads(rounding, expected):
    chosen = PsoSettings(swarm_size=1, rounding=rounding, velocities="redrawn", inertia_min=1.0)
    swarm = Swarm(SearchSpace.integers([0], [9]), np.random.default_rng(0), chosen, start=[[0]])
    swarm.ask()
    swarm.tell([0.0])
    while not 0.5 < swarm.velocities[0, 0] < 1:
        swarm.perceive([0.0])
    assert swarm.ask()[0, 0] == expected


def test_the_velocity_limit_holds():
    space = SearchSpace([0, 0], [10, 1])
    swarm = Swarm(space, np.random.default_rng(0), PsoSettings.constricted(velocity_limit=0.05))
    for _ in range(20):
        swarm.tell(sphere(swarm.ask()))
        if swarm.iterations > 1:
            assert (abs(swarm.velocities) <= 0.05 * space.span).all()


def test_a_scattered_share_of_the_particles_moves_and_no_other():
    for share, size, moved in ((0.5, 15, 7), (0.0, 15, 0), (1.0, 4, 4)):
        swarm = Swarm(SearchSpace([0] * 2, [1] * 2), np.random.default_rng(0),
                      PsoSettings(swarm_size=size, scattered_share=share))
        before, memory = swarm.positions, swarm.memory
        swarm.scatter()
        assert (swarm.positions != before).any(axis=1).sum() == moved
        assert np.array_equal(swarm.memory, memory)


def test_first_half_scatters_the_same_particles_each_time_and_random_half_all_of_them_in_the_long_run():
    for scattered, expected in (("first", set(range(7))), ("random", set(range(15)))):
        swarm = Swarm(SearchSpace([0] * 2, [1] * 2), np.random.default_rng(0), PsoSettings(scattered=scattered))
        moved = set()
        for _ in range(60):
            before = swarm.positions
            swarm.scatter()
            moved |= set(np.flatnonzero((swarm.positions != before).any(axis=1)).tolist())
        assert moved == expected


def test_velocities_are_kept_by_default_and_redrawn_on_request():
    for velocities in ("kept", "redrawn"):
        swarm = Swarm(SearchSpace([0] * 2, [9] * 2), np.random.default_rng(0), PsoSettings(velocities=velocities))
        swarm.tell(sphere(swarm.ask()))
        before = swarm.velocities
        swarm.perceive([1.0])
        assert np.array_equal(swarm.velocities, before) == (velocities == "kept")


def test_inertia_rises_and_pulls_fall_with_the_change_within_their_ranges():
    swarm = Swarm(SearchSpace([0], [1]), np.random.default_rng(0))
    assert (swarm.inertia, swarm.pull) == (0.5, 1.0)
    for changes, r in (([0.0, 0.0], 0.0), ([0.06, 0.0], 0.6), ([0.0, 0.01], 0.1), ([0.1, 0.1], 2.0), ([0.04, 0], 0.4)):
        assert swarm.perceive(changes) == pytest.approx(r)
        assert swarm.inertia == pytest.approx(min(max(r, 0.5), 1.0))
        assert swarm.pull == pytest.approx(min(max(1 - r, 0.3), 1.0))


def test_changes_are_measured_against_the_largest_before_them():
    perception = Perception()
    assert perception.perceive([-20.0, 0.0]) == pytest.approx(200.0)
    assert perception.perceive([10.0, 0.05]) == pytest.approx(0.5 + 0.5)
    assert perception.perceive([40.0, 0.0]) == pytest.approx(2.0)
    assert perception.largest == [40.0, 0.1]


@pytest.mark.parametrize("changes", [[1.0], [np.nan, 0.0], [np.inf, 0.0]])
def test_signals_that_cannot_be_perceived_are_refused(changes):
    perception = Perception()
    perception.perceive([1.0, 1.0])
    with pytest.raises(InputError):
        perception.perceive(changes)


def test_asking_and_telling_take_turns():
    swarm = Swarm(SearchSpace([0], [1]), np.random.default_rng(0))
    with pytest.raises(RuntimeError, match="ask"):
        swarm.tell([0.0])
    swarm.ask()
    with pytest.raises(RuntimeError, match="tell"):
        swarm.ask()
    with pytest.raises(RuntimeError, match="tell"):
        swarm.perceive([1.0])


@pytest.mark.parametrize("values", [np.zeros(14), np.zeros((15, 1)), np.r_[np.zeros(3), np.nan, np.zeros(11)]])
def test_values_that_are_no_values_are_refused(values):
    swarm = Swarm(SearchSpace([0], [1]), np.random.default_rng(0))
    swarm.ask()
    with pytest.raises(InputError):
        swarm.tell(values)


def test_an_infinite_value_is_never_best():
    result = minimise(lambda x: np.where(x[:, 0] < 0.5, np.inf, x[:, 0]), SearchSpace([0], [1]),
                      rng=np.random.default_rng(0), run=Run(Budget(iterations=60)))
    assert 0.5 <= result.position[0] < 0.51


def test_positions_handed_out_cannot_be_written():
    swarm = Swarm(SearchSpace([0], [1]), np.random.default_rng(0))
    with pytest.raises(ValueError, match="read-only"):
        swarm.ask()[0, 0] = 3.0


@pytest.mark.parametrize("start", [[[2.0, 0.0]], [[0.5, 0.5]], [[0.0]], np.zeros((16, 2)), [[np.nan, 0.0]]])
def test_a_start_outside_the_space_is_refused(start):
    with pytest.raises(InputError):
        Swarm(SearchSpace([0, 0], [1, 1], [False, True]), np.random.default_rng(0), start=start)


def test_wrong_settings_are_reported_all_at_once():
    with pytest.raises(InputError) as caught:
        PsoSettings(swarm_size=0, inertia_min=2.0, pull_max=np.inf, scattered_share=1.5, rounding="up",
                    velocity_limit=0.0, change_floor=0.0)
    assert len(caught.value.problems) == 7
