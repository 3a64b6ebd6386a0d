"""Many jobs at once: one wait, one table, what failed sent again by one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

from iceye_geo.errors import DeliveryFailedError, IceyeGeoError, WaitError
from iceye_geo.models.base import cell
from iceye_geo.providers.jobs import Job
from iceye_geo.providers.looks import Round, Waitable
from iceye_geo.providers.together import send_all
from iceye_geo.services.waiting import TRANSIENT, Goal

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "provider", "kind", "product", "target", "state", "status", "delivery_id", "location", "reason", "attempts",
    "asked_at", "updated_at",
)  # fmt: skip
_SHOWN = 50


class Jobs(Sequence[Job], Waitable):
    """Jobs of one or several providers, in the order of the products. Made by `deliver`.

    Example:
        >>> jobs = Jobs([])
        >>> jobs, list(jobs.table().columns)[:3]
        (<Jobs: 0 of 0 there, 0 failed>, ['provider', 'kind', 'product'])
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = list(jobs)

    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> Jobs: ...
    def __getitem__(self, index: int | slice) -> Job | Jobs:
        """Return one job, or Jobs for a slice."""
        return Jobs(self._jobs[index]) if isinstance(index, slice) else self._jobs[index]

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    @property
    def succeeded(self) -> Jobs:
        """Those whose files are there."""
        return Jobs(job for job in self if job.succeeded)

    @property
    def failed(self) -> Jobs:
        """Those that were refused or have failed."""
        return Jobs(job for job in self if job.has_failed)

    @property
    def open(self) -> Jobs:
        """Those that have not ended yet."""
        return Jobs(job for job in self if not job.is_terminal)

    @property
    def is_terminal(self) -> bool:
        """Whether all have ended."""
        return not self.open

    def send(self, *, bundle: int = 1) -> Jobs:
        """Send all; each refusal stays with its job. After a refused login nothing more goes to that provider.

        Args:
            bundle: how many products may share a request, at most; see `deliver`.
        """
        send_all(self, bundle=bundle)
        return self

    def refresh(self, *, timeout: float | None = None) -> Jobs:
        """Ask the providers for every job that has not ended; what one does not tell stops no other.

        Args:
            timeout: seconds that one request may take.

        Raises:
            ApiError: the last thing that went wrong, after all others were asked.
        """
        fault: IceyeGeoError | None = None
        looks = Round(timeout=timeout)
        for job in self.open:
            try:
                job.see(looks)
            except TRANSIENT as error:
                fault = error
        if fault is not None:
            raise fault
        return self

    def check(self) -> Jobs:
        """Return these jobs if none has failed.

        Raises:
            DeliveryFailedError: names every one that has, with its reason; ``last`` are those.
        """
        if self.failed:
            words = "; ".join(f"{job.product}: {job.reason or job.raw_status}" for job in self.failed)
            raise DeliveryFailedError(f"{len(self.failed)} of {len(self)} failed: {words}", last=self.failed)
        return self

    def again(self) -> Jobs:
        """Send what failed once more, and return those jobs; what is under way or there is left alone.

        Each goes in a request of its own, so that what failed together is told apart. A job whose request got no
        answer is looked for in the account first, so that it is not sent twice.
        """
        looks = Round()
        lost = [job for job in self if job.is_uncertain and not job.find_sent(looks)]
        return Jobs([job for job in self if job.has_failed or job in lost]).send()

    def table(self) -> pd.DataFrame:
        """Return one row per job: who, what, where to, how far, why not.

        Returns:
            Columns provider, kind, product, target, state (neutral), status (the provider's word), delivery_id,
            location, reason, attempts, asked_at, updated_at (aware UTC).
        """
        import pandas as pd

        frame = pd.DataFrame([job.row() for job in self], columns=list(COLUMNS))
        for name in ("asked_at", "updated_at"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
        return frame

    def __repr__(self) -> str:
        return f"<Jobs: {len(self.succeeded)} of {len(self)} there, {len(self.failed)} failed>"

    def _repr_html_(self) -> str:
        names = [name for name in COLUMNS if name not in ("asked_at", "updated_at")]
        head = "".join(f"<th>{cell(name)}</th>" for name in names)
        rows = (job.row() for job in self._jobs[:_SHOWN])
        body = "".join(
            "<tr>" + "".join(f"<td>{cell(row[name])}</td>" for name in names) + "</tr>" for row in rows
        )
        more = f"; the first {_SHOWN} are shown" if len(self) > _SHOWN else ""
        caption = cell(repr(self)[1:-1] + more)
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _goal(self) -> Goal[Jobs]:
        return Goal(
            title=f"delivery of {len(self)} product{'' if len(self) == 1 else 's'}", look=self._look,
            status=lambda jobs: f"{len(jobs) - len(jobs.open)} of {len(jobs)} ended",
            is_reached=lambda jobs: jobs.is_terminal, has_failed=lambda _: False,
            error=WaitError, order=tuple(f"{n} of {len(self)} ended" for n in range(len(self) + 1)),
        )  # fmt: skip
