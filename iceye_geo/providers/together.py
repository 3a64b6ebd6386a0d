"""How jobs become requests: one each, or several together where the provider tells them apart; several at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from iceye_geo.errors import ApiError, AuthenticationError, IceyeGeoError, InvalidInputError, RateLimitedError
from iceye_geo.providers.base import Delivery
from iceye_geo.providers.capabilities import Capability
from iceye_geo.providers.jobs import Job


def send_all(jobs: Iterable[Job], *, bundle: int = 1) -> None:
    """Send jobs, and leave with each what became of it.

    A provider's first request goes alone, the others as many at once as it takes. After a refused login nothing more
    goes to that provider. Where several that were sent together are refused, each is sent on its own, so that one
    that cannot be had does not hold up the others.

    Args:
        jobs: to send.
        bundle: how many may share a request, at most.
    """
    by_provider: dict[str, list[list[Job]]] = {}
    for group in groups(jobs, bundle):
        by_provider.setdefault(group[0].provider.name, []).append(group)
    for first, *others in by_provider.values():
        door = _Door()
        door.send(first)
        _send_at_once(door, others, most=requests_at_once(first[0].provider))


class _Door:
    """The way to one provider: shut, for what was not sent yet, as soon as a login is refused or something breaks."""

    def __init__(self) -> None:
        self._shut: IceyeGeoError | None = None
        self.broken = False

    def send(self, group: list[Job]) -> None:
        """Send a group, then, if it was refused as a whole, each of it."""
        if self.broken:
            return
        try:
            self._send(group)
        except BaseException:
            self.broken = True
            raise

    def _send(self, group: list[Job]) -> None:
        for part in _parts(group):
            if self._shut is not None:
                for job in part:
                    job.refuse(self._shut)
                continue
            send_together(part)
            if isinstance(part[0].error, AuthenticationError):
                self._shut = part[0].error


def _send_at_once(door: _Door, groups: list[list[Job]], *, most: int) -> None:
    """Send groups to one provider; when something breaks, or Ctrl-C comes, what was not begun is not sent."""
    if most == 1 or len(groups) < 2:
        for group in groups:
            door.send(group)
        return
    with ThreadPoolExecutor(min(most, len(groups)), thread_name_prefix="iceye-geo-deliver") as pool:
        sent = [pool.submit(door.send, group) for group in groups]
        try:
            for one in sent:
                one.result()
        except BaseException:
            door.broken = True
            raise


def groups(jobs: Iterable[Job], bundle: int) -> Iterator[list[Job]]:
    """Yield the jobs that may share a request: of one provider, kind and place, and ``bundle`` at most.

    A group stands where its first job stood.
    """
    found: dict[object, list[list[Job]]] = {}
    for number, job in enumerate(jobs):
        alone = bundle == 1 or job.product.kind not in bundled_kinds(job.provider)
        key = number if alone else (job.provider.name, job.product.kind, job.target)
        mine = found.setdefault(key, [[]])
        if len(mine[-1]) == bundle:
            mine.append([])
        mine[-1].append(job)
    for several in found.values():
        yield from several


def bundled_kinds(provider: Delivery) -> frozenset[str]:
    """Return the kinds of products of which a provider takes several in one request."""
    if Capability.BUNDLES not in provider.capabilities:
        return frozenset()
    kinds: frozenset[str] = getattr(provider, "bundled_kinds", frozenset())
    return kinds


def requests_at_once(provider: Delivery) -> int:
    """Return how many requests a provider takes at once; one, unless it says otherwise."""
    return max(1, int(getattr(provider, "requests_at_once", 1)))


def send_together(jobs: Sequence[Job]) -> None:
    """Send jobs of one provider and place in one request; what it answers, or refuses, is left with each."""
    first, together = jobs[0], frozenset(job.product for job in jobs)
    for job in jobs:
        job.begin(together)
    try:
        records = first.provider.create([job.product for job in jobs], to=first.target)
    except IceyeGeoError as error:
        for job in jobs:
            job.error = error
        return
    for job in jobs:
        job.take(records)


def _parts(group: list[Job]) -> Iterator[list[Job]]:
    """Yield the group, then, if it was refused as a whole, each of it."""
    yield group
    if len(group) > 1 and _is_refusal(group[0].error):
        yield from ([job] for job in group)


def _is_refusal(error: IceyeGeoError | None) -> bool:
    """Whether nothing was created because of what was asked for; a wrong place would be as wrong for each."""
    if isinstance(error, InvalidInputError):
        return error.field != "to"
    passing = isinstance(error, AuthenticationError | RateLimitedError)
    return isinstance(error, ApiError) and not passing and 400 <= (error.status or 0) < 500
