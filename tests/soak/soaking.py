"""Tells one story after the other, in this process or in several."""

from __future__ import annotations

import logging
import multiprocessing
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

from tests.soak.laboratory import SoakLab
from tests.soak.story import FEWEST_NIGHTS, Stage, Told

_stage: Stage | None = None  # of a process that tells stories


def stories(lab: SoakLab, folder: Path, *, seed: int, nights: int, jobs: int = 1) -> Iterator[Told]:
    """Tell the stories of a seed and the numbers after it until so many nights have passed.

    Raises:
        BrokenInvariantError: a story broke an invariant.
    """
    seeds = range(seed, seed + nights // FEWEST_NIGHTS + 1)
    logging.disable(logging.CRITICAL)  # what faults and kills make the loader say, a thousand times
    try:
        if jobs > 1:
            with closing(_by_processes(lab, folder, seeds, jobs)) as told:
                yield from _until(told, nights)
        else:
            with Stage(lab, folder).open() as stage:
                yield from _until(map(stage.tell, seeds), nights)
    finally:
        logging.disable(logging.NOTSET)


def _until(told: Iterator[Told], nights: int) -> Iterator[Told]:
    passed = 0
    while passed < nights:
        story = next(told)
        passed += story.nights
        yield story


def _by_processes(lab: SoakLab, folder: Path, seeds: Iterable[int], jobs: int) -> Generator[Told, None, None]:
    """Tell stories in several processes, in their order and only a few ahead.

    Spawned, since the server of a parent's stage is a thread, which a fork would leave behind. Who has enough waits
    for the stories that were begun: to a signal a story listens as the loader does, and may not end.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_set_the_stage, initargs=(lab, folder))
    begun: deque[Future[Told]] = deque()
    try:
        for seed in seeds:
            begun.append(pool.submit(_tell, seed))
            if len(begun) > jobs:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _set_the_stage(lab: SoakLab, folder: Path) -> None:
    global _stage  # noqa: PLW0603 - one for each process, made when it begins
    logging.disable(logging.CRITICAL)
    _stage = Stage(lab, folder)
    _stage.n2f.__enter__()  # until the process ends


def _tell(seed: int) -> Told:
    assert _stage is not None
    return _stage.tell(seed)
