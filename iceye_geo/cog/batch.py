"""The same work on many images: bounded, by any executor, with a summary that can be run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from iceye_geo.cog.opening import make_recipe
from iceye_geo.errors import AssetNotFoundError, InvalidInputError
from iceye_geo.redact import redact

if TYPE_CHECKING:
    from iceye_geo.cog.cog import Cog
    from iceye_geo.cog.links import HasSession
    from iceye_geo.cog.opening import CogLike, Recipe
    from iceye_geo.cog.ref import LinkResolver

T = TypeVar("T")

# Images read at a time: eight fill 100 Mbit/s at 50 ms a request with room to spare.
WORKERS = 8
# Work handed out beyond what runs, so that no worker waits; it bounds memory too.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """One result.

    Attributes:
        index: position of the image in what was given.
        label: item id or location.
        value: what the function returned.
    """

    index: int
    label: str
    value: T


@dataclass(frozen=True, slots=True)
class Missed:
    """One image without a result.

    Attributes:
        index: position of the image in what was given.
        label: item id or location.
        reason: class and words of the error.
    """

    index: int
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a batch.

    Attributes:
        done: labels with a result.
        failed: where the function or the reading failed; ``Batch.again`` runs these.
        skipped: images that could not be tried, for want of a fitting asset.
    """

    done: tuple[str, ...]
    failed: tuple[Missed, ...]
    skipped: tuple[Missed, ...]

    def __str__(self) -> str:
        return f"{len(self.done)} done, {len(self.failed)} failed, {len(self.skipped)} skipped"


@dataclass(slots=True, eq=False)
class Batch(Generic[T]):
    """Work that runs as it is iterated; results come as they finish. Made by ``map_cogs``."""

    sources: Iterable[tuple[int, Any]]
    function: Callable[[Cog], T]
    open_with: dict[str, Any]
    executor: Executor | None
    workers: int
    _done: list[str] = field(default_factory=list)
    _failed: list[tuple[Missed, Any]] = field(default_factory=list)
    _skipped: list[Missed] = field(default_factory=list)

    def __iter__(self) -> Iterator[Done[T]]:
        """Yield results as they finish; an image that fails does not stop the others."""
        owned = ThreadPoolExecutor(self.workers, thread_name_prefix="iceye-geo-batch")
        running: dict[Future[T], tuple[int, str, Any]] = {}
        with owned if self.executor is None else nullcontext(self.executor) as pool:
            try:
                for index, source in self.sources:
                    self._submit(pool, running, index, source)
                    while len(running) >= self.workers * _AHEAD:
                        yield from self._collect(running)
                while running:
                    yield from self._collect(running)
            finally:
                for future in running:
                    future.cancel()

    def summary(self) -> Summary:
        """Return what became of the images so far."""
        return Summary(tuple(self._done), tuple(m for m, _ in self._failed), tuple(self._skipped))

    def run(self) -> Summary:
        """Run to the end for what the function does beside its result, and return the summary."""
        for _ in self:
            pass
        return self.summary()

    def again(self) -> Batch[T]:
        """Return a batch of the failed ones."""
        left = [(m.index, source) for m, source in self._failed]
        return Batch(left, self.function, self.open_with, self.executor, self.workers)

    def _submit(
        self, pool: Executor, running: dict[Future[T], tuple[int, str, Any]], index: int, source: Any
    ) -> None:
        try:
            recipe = make_recipe(source, **self.open_with)
        except (AssetNotFoundError, InvalidInputError) as err:
            label = getattr(source, "id", None) or (source.get("id") if isinstance(source, dict) else None)
            self._skipped.append(Missed(index, str(label or f"#{index}"), _words(err)))
            return
        running[pool.submit(work, recipe, self.function)] = (index, recipe.ref.label, source)

    def _collect(self, running: dict[Future[T], tuple[int, str, Any]]) -> Iterator[Done[T]]:
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            index, label, source = running.pop(future)
            error = future.exception()
            if error is not None:
                self._failed.append((Missed(index, label, _words(error)), source))
                continue
            self._done.append(label)
            yield Done(index, label, future.result())


def map_cogs(
    items: Iterable[CogLike], function: Callable[[Cog], T], *, executor: Executor | None = None,
    workers: int = WORKERS, asset: str | None = None, client: HasSession | None = None,
    resolver: LinkResolver | None = None,
) -> Batch[T]:  # fmt: skip
    """Apply a function to many images.

    Args:
        items: items, references, links or paths; may be a generator, and is read only as far as work runs.
        function: gets an open ``Cog``, returns what is kept; with processes or machines it must pickle.
        executor: any ``concurrent.futures`` executor, ``distributed.Client.get_executor()`` too; None for threads.
        workers: images read at a time.
        asset: key of the asset; None picks the GRD-COG.
        client: who renews links.
        resolver: who renews links instead.

    Returns:
        Batch: iterate it for results as they finish, then ask its ``summary()``, and ``again()`` for the failed.

    Example:
        ``for result in map_cogs(items, look, client=client): result.value``
    """
    if workers < 1:
        raise InvalidInputError("workers", "must be at least 1")
    how = {"asset": asset, "client": client, "resolver": resolver}
    return Batch(enumerate(items), function, how, executor, workers)


def work(recipe: Recipe, function: Callable[[Cog], T]) -> T:
    """Open one image where the work runs, and close it."""
    with recipe.open() as cog:
        return function(cog)


def _words(error: BaseException) -> str:
    return redact(f"{type(error).__name__}: {error}")
