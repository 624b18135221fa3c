"""Those who guess wait longer each time; those who err now and then do not wait."""

from __future__ import annotations

from homeroom.trust.guesses import GuessGuard


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_waits_double_after_the_free_tries_up_to_a_quarter_of_an_hour() -> None:
    clock = Seconds()
    guard = GuessGuard(clock, free=3)
    waits = []
    for _ in range(20):
        waits.append(guard.wait_seconds("key"))
        clock.now += waits[-1]
        guard.record_failure("key")
    assert waits[:7] == [0, 0, 0, 1, 2, 4, 8]
    assert max(waits) == 900


def test_waiting_is_over_when_its_time_has_passed() -> None:
    clock = Seconds()
    guard = GuessGuard(clock, free=1)
    guard.record_failure("key")
    assert guard.wait_seconds("key") == 1
    clock.now = 0.5
    assert guard.wait_seconds("key") == 1
    clock.now = 1.0
    assert guard.wait_seconds("key") == 0


def test_any_of_the_names_can_be_the_one_that_waits() -> None:
    guard = GuessGuard(Seconds(), free=1)
    guard.record_failure("address")
    assert guard.wait_seconds("key", "address") == 1
    assert guard.wait_seconds("key") == 0


def test_the_right_secret_clears_the_name() -> None:
    guard = GuessGuard(Seconds(), free=1)
    guard.record_failure("key")
    guard.forget("key", "never seen")
    assert guard.wait_seconds("key") == 0


def test_a_quiet_quarter_of_an_hour_is_forgotten() -> None:
    clock = Seconds()
    guard = GuessGuard(clock, free=2)
    guard.record_failure("key")
    clock.now = 901.0
    guard.record_failure("key")
    assert guard.wait_seconds("key") == 0


def test_memory_is_bounded_however_many_names_are_tried() -> None:
    guard = GuessGuard(Seconds(), free=1)
    for number in range(20_000):
        guard.record_failure(f"key {number}")
    assert guard.wait_seconds("key 0") == 0
    assert guard.wait_seconds("key 19999") == 1
