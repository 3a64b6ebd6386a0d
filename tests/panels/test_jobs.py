"""Jobs: the last request wins, anything can be stopped, errors arrive."""

from __future__ import annotations

import threading

import pytest

from iceye_geo.panels.jobs import Jobs, Stopped, Ticket


@pytest.fixture
def errors() -> list[BaseException]:
    return []


@pytest.fixture
def jobs(errors: list[BaseException]):
    made = Jobs(on_error=errors.append)
    yield made
    made.close()


def test_the_last_request_wins(jobs: Jobs) -> None:
    started, go, seen = threading.Event(), threading.Event(), []

    def slow(_: Ticket) -> str:
        started.set()
        go.wait(60)
        return "old"

    jobs.start("search", slow, seen.append)
    started.wait(60)
    jobs.start("search", lambda _: "new", seen.append)
    go.set()
    assert jobs.wait(timeout=60)
    assert seen == ["new"]


def test_a_burst_of_requests_costs_one(jobs: Jobs) -> None:
    ran, seen = [], []
    for n in range(20):
        jobs.start("price", lambda _, n=n: ran.append(n), seen.append, delay_s=1)
    assert jobs.wait(timeout=60)
    assert ran == [19]
    assert seen == [None]


def test_jobs_of_other_keys_go_on(jobs: Jobs) -> None:
    seen: list[int] = []
    for key in range(5):
        jobs.start(key, lambda _, key=key: key, seen.append)
    assert jobs.wait(timeout=60)
    assert sorted(seen) == [0, 1, 2, 3, 4]


def test_a_stopped_job_delivers_nothing_and_is_no_error(jobs: Jobs, errors: list[BaseException]) -> None:
    started, seen = threading.Event(), []

    def work(ticket: Ticket) -> str:
        started.set()
        ticket.sleep(30)
        return "never"

    jobs.start("search", work, seen.append)
    started.wait(60)
    assert jobs.running("search")
    assert jobs.stop("search")
    assert jobs.wait(timeout=60)
    assert (seen, errors) == ([], [])
    assert not jobs.stop("search")


def test_what_a_job_or_its_delivery_raises_arrives(jobs: Jobs, errors: list[BaseException]) -> None:
    def fail(_: object) -> None:
        raise ValueError("no such place")

    jobs.start("a", fail, lambda _: None)
    jobs.start("b", lambda _: 1, fail)
    assert jobs.wait(timeout=60)
    assert [str(e) for e in errors] == ["no such place", "no such place"]


def test_closing_stops_all_and_takes_no_more(jobs: Jobs) -> None:
    seen: list[int] = []
    ticket = jobs.start("a", lambda t: t.sleep(30), seen.append)
    jobs.close()
    late = jobs.start("b", lambda _: 1, seen.append)
    assert ticket.stopped
    assert late.stopped
    assert jobs.wait(timeout=60)
    assert seen == []


def test_progress_ends_with_the_job(jobs: Jobs) -> None:
    shown: list[int] = []
    ticket = Ticket()
    jobs.report(ticket, lambda: shown.append(1))
    ticket.stop()
    with pytest.raises(Stopped):
        jobs.report(ticket, lambda: shown.append(2))
    assert shown == [1]
