"""Errands are run in order, off the loop, and all of them."""

from threading import current_thread

from agent.show.courier import Courier


def test_errands_are_run_in_order_on_another_thread_and_finished_before_it_leaves() -> None:
    courier, done = Courier(), []
    courier.open()
    for number in range(5):
        courier.send(lambda number=number: done.append((number, current_thread().name)))
    courier.close()
    assert done == [(number, "courier") for number in range(5)]
