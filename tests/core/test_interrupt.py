"""Interrupts as a flag."""

import os
import signal
import threading

import pytest

from ecoopt.core.interrupt import interrupted, interruptible
from ecoopt.core.run import Run
from ecoopt.core.status import Termination


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_raises(number):
    with interruptible():
        assert not interrupted()
        os.kill(os.getpid(), number)
        assert interrupted()
        assert Run().stop() is Termination.INTERRUPTED
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert not interrupted()


def test_the_handlers_are_put_back():
    before = signal.getsignal(signal.SIGINT)
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_request_outlives_the_inner_block_and_ends_with_the_outer_one():
    with interruptible():
        with interruptible():
            os.kill(os.getpid(), signal.SIGINT)
            assert interrupted()
        assert interrupted()
        with interruptible():
            assert interrupted()
    assert not interrupted()
    with interruptible():
        assert not interrupted()


def test_outside_the_main_thread_nothing_changes():
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work():
        with interruptible():
            seen.append(signal.getsignal(signal.SIGINT) is before)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]
