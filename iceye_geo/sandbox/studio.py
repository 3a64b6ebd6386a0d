"""Waiting for files that are made on first use: once per file, few at a time, away from the API's threads."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from anyio import CapacityLimiter, to_thread

from iceye_geo.sandbox.content import ContentFile

#: Drawing is work for the processor: more at once would only make each slower, and leave API calls waiting.
_WORKERS = max(2, os.cpu_count() or 2)


class Studio:
    """Makes content files in threads of its own. Belongs to one event loop."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(_WORKERS)
        self._jobs: dict[str, asyncio.Future[Path]] = {}

    async def path(self, file: ContentFile) -> Path:
        """Return the file's path, made now if need be; all who ask meanwhile wait for the same making."""
        job = self._jobs.get(file.id)
        if job is None or _is_stale(job):
            job = asyncio.ensure_future(to_thread.run_sync(file.make, limiter=self._limiter))
            self._jobs[file.id] = job
        # Who hangs up does not stop the making for the others.
        return await asyncio.shield(job)


def _is_stale(job: asyncio.Future[Path]) -> bool:
    """Whether a job failed, or its file has been removed since."""
    if not job.done():
        return False
    return job.cancelled() or job.exception() is not None or not job.result().exists()
