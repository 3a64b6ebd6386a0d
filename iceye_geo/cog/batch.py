"""The same work on many images: bounded, by any executor, with a summary that can be run again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4

from iceye_geo.cog.opening import Recipe, make_recipe
from iceye_geo.errors import IceyeGeoError, InvalidInputError, OutsideFrameError
from iceye_geo.redact import redact

if TYPE_CHECKING:
    from iceye_geo.cog.cog import Cog
    from iceye_geo.cog.links import HasSession
    from iceye_geo.cog.opening import CogLike
    from iceye_geo.cog.ref import LinkResolver

T = TypeVar("T")

# Images read at a time: eight fill 100 Mbit/s at 50 ms a request with room to spare.
WORKERS = 8
# Work handed out beyond what runs, so that no worker waits; it bounds memory too.
_AHEAD = 2
# What a record that is none raises when it is asked for its assets.
_NO_ITEM = (IceyeGeoError, AttributeError, KeyError, TypeError, ValueError)
_ROWS_SHOWN = 20


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
        reason: class and words of the error, without links.
        recipe: how the image is opened again; holds no link and no secret once pickled. None if it never could be.
    """

    index: int
    label: str
    reason: str
    recipe: Recipe | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Summary(Generic[T]):
    """What became of a batch. Pickles without links and secrets, if its function pickles.

    Attributes:
        done: labels of the images with a result, in the order they finished.
        failed: where the function or the reading failed; ``retry`` runs these.
        skipped: images that trying again does not help: no fitting asset, or a place outside the frame.
        function: what was applied.
    """

    done: tuple[str, ...]
    failed: tuple[Missed, ...]
    skipped: tuple[Missed, ...]
    function: Callable[[Cog], T] = field(repr=False, compare=False)

    def retry(self, *, executor: Executor | None = None, workers: int = WORKERS) -> Batch[T]:
        """Return a batch of the failed images; their positions and labels stay.

        Args:
            executor: as for ``map_cogs``; the one of the first run may be gone by now.
            workers: images read at a time.
        """
        left = ((m.index, m.recipe) for m in self.failed)
        return Batch(left, self.function, {}, executor, workers)

    def __str__(self) -> str:
        return f"{len(self.done)} done, {len(self.failed)} failed, {len(self.skipped)} skipped"

    def _repr_html_(self) -> str:
        missed = [("failed", m) for m in self.failed] + [("skipped", m) for m in self.skipped]
        rows = "".join(
            f"<tr><td>{what}</td><td>{escape(m.label)}</td><td>{escape(m.reason)}</td></tr>"
            for what, m in missed[:_ROWS_SHOWN]
        )
        more = f"<p>and {len(missed) - _ROWS_SHOWN} more</p>" if len(missed) > _ROWS_SHOWN else ""
        return f"<p>{escape(str(self))}</p>" + (f"<table>{rows}</table>{more}" if rows else "")


@dataclass(slots=True, eq=False)
class Batch(Generic[T]):
    """Work that runs as it is iterated; results come as they finish. Made by ``map_cogs``."""

    sources: Iterable[tuple[int, Any]]
    function: Callable[[Cog], T]
    open_with: Mapping[str, Any]
    executor: Executor | None
    workers: int
    _started: bool = False
    _done: list[str] = field(default_factory=list)
    _failed: list[Missed] = field(default_factory=list)
    _skipped: list[Missed] = field(default_factory=list)
    _running: dict[Future[T], tuple[int, Recipe]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Done[T]]:
        """Yield results as they finish; an image that fails does not stop the others.

        Raises:
            InvalidInputError: the batch ran already; ``summary().retry()`` runs the failed ones.
            Exception: what the items themselves raised, after the results of those that came before.
        """
        if self._started:
            raise InvalidInputError(
                "batch", "ran already", hint="Keep its results, or run summary().retry() for the failed ones."
            )
        self._started = True
        return self._run()

    def summary(self) -> Summary[T]:
        """Return what became of the images so far."""
        return Summary(tuple(self._done), tuple(self._failed), tuple(self._skipped), self.function)

    def run(self) -> Summary[T]:
        """Run to the end for what the function does beside its result, and return the summary."""
        for _ in self:
            pass
        return self.summary()

    def _run(self) -> Iterator[Done[T]]:
        owned = ThreadPoolExecutor(self.workers, thread_name_prefix="iceye-geo-batch")
        with owned if self.executor is None else nullcontext(self.executor) as pool:
            try:
                trouble = yield from self._feed(pool)
                while self._running:
                    yield from self._collect()
            finally:
                for future in self._running:
                    future.cancel()
        if trouble is not None:
            raise trouble

    def _feed(self, pool: Executor) -> Generator[Done[T], None, Exception | None]:
        """Hand out work while there are items; returns what the items raised, if they did."""
        sources = iter(self.sources)
        while True:
            try:
                index, source = next(sources)
            except StopIteration:
                return None
            except Exception as err:  # noqa: BLE001 - a search that fails on page 3 keeps the results of page 2
                return err
            self._submit(pool, index, source)
            while len(self._running) >= self.workers * _AHEAD:
                yield from self._collect()

    def _submit(self, pool: Executor, index: int, source: Any) -> None:
        try:
            recipe = source if isinstance(source, Recipe) else make_recipe(source, **self.open_with)
        except _NO_ITEM as err:
            self._skipped.append(Missed(index, _label(source, index), _words(err)))
            return
        try:
            # Some executors answer equal calls from memory; the number keeps a second try from the first's error.
            future = pool.submit(work, recipe, self.function, uuid4().int)
        except Exception as err:  # noqa: BLE001 - a broken pool, or work that cannot be sent to it
            self._failed.append(Missed(index, recipe.ref.label, _words(err), recipe))
            return
        self._running[future] = (index, recipe)

    def _collect(self) -> Iterator[Done[T]]:
        finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
        for future in finished:
            index, recipe = self._running.pop(future)
            error = None if future.cancelled() else future.exception()
            missed = Missed(index, recipe.ref.label, _words(error) if error else "cancelled", recipe)
            if isinstance(error, OutsideFrameError):
                self._skipped.append(missed)
            elif future.cancelled() or error is not None:
                self._failed.append(missed)
            else:
                self._done.append(recipe.ref.label)
                yield Done(index, recipe.ref.label, future.result())


def map_cogs(
    items: Iterable[CogLike], function: Callable[[Cog], T], *, executor: Executor | None = None,
    workers: int = WORKERS, asset: str | None = None, client: HasSession | None = None,
    resolver: LinkResolver | None = None,
) -> Batch[T]:  # fmt: skip
    """Apply a function to many images.

    Work travels as references: links are fetched where the work runs, so a batch may outlive all of them.

    Args:
        items: items, references, links or paths; may be a generator, and is read only as far as work runs.
        function: gets an open ``Cog``, returns what is kept; with processes or machines it must pickle.
        executor: any ``concurrent.futures`` executor, ``distributed.Client.get_executor()`` too; None for threads.
        workers: images read at a time; twice as many are handed out.
        asset: key of the asset; None picks the GRD-COG.
        client: who renews links.
        resolver: who renews links instead.

    Returns:
        Batch: iterate it once for results as they finish, then ask its ``summary()``, which has ``retry()``.

    Raises:
        InvalidInputError: ``workers`` is below 1.

    Example:
        >>> batch = map_cogs(["no-such-file.tif"], lambda cog: cog.info().width)
        >>> print(batch.run())
        0 done, 1 failed, 0 skipped
    """
    if workers < 1:
        raise InvalidInputError("workers", "must be at least 1")
    how = {"asset": asset, "client": client, "resolver": resolver}
    return Batch(enumerate(items), function, how, executor, workers)


def work(recipe: Recipe, function: Callable[[Cog], T], _number: int = 0) -> T:
    """Open one image where the work runs, and close it."""
    with recipe.open() as cog:
        return function(cog)


def _label(source: Any, index: int) -> str:
    found = source.get("id") if isinstance(source, Mapping) else getattr(source, "id", None)
    return str(found or f"#{index}")


def _words(error: BaseException) -> str:
    return redact(f"{type(error).__name__}: {error}")
