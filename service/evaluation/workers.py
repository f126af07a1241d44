"""Workers: the cores of this machine, or those of a Dask cluster, that evaluations are spread over."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

from ranking.errors import SignalfeedError
from ranking.evaluation.outcomes import Spread


class NoCluster(SignalfeedError):
    """The Dask cluster cannot be used; says why."""


@contextmanager
def workers(n_jobs: int, scheduler: str | None = None) -> Iterator[Spread]:
    """What spreads calls over so many processes (-1 or 0: one for each core), or over the workers of the Dask scheduler
    at an address. A call that is lost with its worker is made again elsewhere. Raises NoCluster."""
    with _cluster(scheduler) if scheduler else nullcontext():

        def spread(function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
            calls = (delayed(_on_one_thread)(function, *arguments) for arguments in tasks)
            yield from Parallel(
                n_jobs=n_jobs or -1, return_as="generator", pre_dispatch="all" if scheduler else "2*n_jobs"
            )(calls)

        yield spread


def _on_one_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls a function with linear algebra on one thread: faster side by side, and the same sums everywhere."""
    with threadpool_limits(1):
        return function(*arguments)


@contextmanager
def _cluster(scheduler: str) -> Iterator[None]:
    try:
        from distributed import Client  # noqa: PLC0415 -- an extra that most installations lack
    except ImportError as error:
        raise NoCluster("--scheduler needs Dask: pip install 'signalfeed[dask]'") from error
    try:
        client = Client(scheduler, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise NoCluster(f"no Dask scheduler answers at {scheduler}") from error
    with client, parallel_config(backend="dask"):
        yield
