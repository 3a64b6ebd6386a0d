"""How jobs become requests: one each, or several together where the provider tells them apart afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iceye_geo.errors import ApiError, AuthenticationError, IceyeGeoError, InvalidInputError, RateLimitedError
from iceye_geo.providers.base import Delivery
from iceye_geo.providers.capabilities import Capability
from iceye_geo.providers.jobs import Job


def send_all(jobs: Iterable[Job], *, bundle: int = 1) -> None:
    """Send jobs, and leave with each what became of it.

    After a refused login nothing more goes to that provider. Where several that were sent together are refused,
    each is sent on its own, so that one that cannot be had does not hold up the others.

    Args:
        jobs: to send.
        bundle: how many may share a request, at most.
    """
    logins: dict[str, IceyeGeoError] = {}
    for group in groups(jobs, bundle):
        name = group[0].provider.name
        for part in _parts(group) if name not in logins else ():
            send_together(part)
            if isinstance(part[0].error, AuthenticationError):
                logins[name] = part[0].error
                break
        for job in group if name in logins else ():
            job.refuse(logins[name])


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
