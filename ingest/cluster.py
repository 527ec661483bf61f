"""The ingest pipeline on a Ray cluster: the same transforms, batch by batch, as a LlamaIndex RayIngestionPipeline.

The only file that knows Ray. Every worker reads files by their path, so a folder that machines share must lie at the
same place on each; members of containers travel with their bytes. A worker that dies is replaced, and what it was
given is given to another: nodes carry everything, so nothing is lost with it.
"""

from __future__ import annotations

import logging
import multiprocessing
import re
import socket
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from ingest import errors
from ingest.batch import FileToIngest, PreparedArticle, SetAside
from ingest.encode import DEFAULT_MODEL, load_encoder
from ingest.errors import ClusterError, DatelineError

if TYPE_CHECKING:
    from llama_index.ingestion.ray import RayIngestionPipeline

__all__ = ["PrepareOnCluster"]

_FILES_AT_ONCE, _NODES_AT_ONCE = 16, 64
_PATIENCE_S = 10.0
_READING_CPUS = 0.05  # reading and splitting take a twentieth of the time that encoding takes


class PrepareOnCluster:
    """`ingest.pipeline.run_batch` on the Ray cluster at `address`, or on one started here. A context manager.

    `most_workers` is how many encode at the same time, at most: by default, as many as the cluster has processors.

    Raises:
        ClusterError: Ray is not installed, there is no cluster at `address`, or it fails.
        EncoderError: a worker has no encoder, or another one than this process.
    """

    # All of a batch comes back to this process at once, and each batch starts its workers anew, which takes them some
    # seconds: so it is as large as memory allows.
    batch_files, batch_bytes = 8192, 64_000_000

    def __init__(
        self, encoder_name: str = DEFAULT_MODEL, *, address: str | None = None, most_workers: int | None = None
    ) -> None:
        self._encoder_name = encoder_name
        self._address = address
        self._most_workers = most_workers
        self._began = False

    def __enter__(self) -> PrepareOnCluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._began:
            import ray

            self._began = False
            ray.shutdown()

    def __call__(self, files: Sequence[FileToIngest]) -> Sequence[PreparedArticle | SetAside]:
        """One outcome a file, in their order."""
        if not files:
            return ()
        self._begin()
        from ingest.pipeline import as_nodes, as_outcomes

        try:
            nodes = self._pipeline().run(nodes=as_nodes(files))
        except DatelineError:
            raise
        except Exception as error:  # Ray wraps what a worker raised in classes of its own
            raise _ours(error) or ClusterError(
                f"the Ray cluster {self._address or 'on this machine'} failed: {_first_line(error)}. What was written "
                "before stays; ingest again to go on"
            ) from error
        outcomes = as_outcomes(nodes)
        if missing := [file.path for file in files if file.path not in outcomes]:
            raise ClusterError(f"the Ray cluster lost {len(missing)} files, {missing[0]} first; ingest again")
        return tuple(outcomes[file.path] for file in files)

    def _begin(self) -> None:
        if self._began:
            return
        try:
            import ray
            from llama_index.ingestion.ray import RayIngestionPipeline  # noqa: F401
        except ImportError as error:
            raise ClusterError("--engine ray needs Ray: `pip install 'dateline[scale]'`") from error
        try:
            if self._address:
                _check_listening(self._address)  # Ray itself goes on trying for minutes
            local = {"num_cpus": multiprocessing.cpu_count(), "include_dashboard": False} if not self._address else {}
            ray.init(
                address=self._address or "local",
                configure_logging=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                **local,
            )
        except Exception as error:  # OSError, RuntimeError, ValueError and what gRPC raises
            where = f"at {self._address}" if self._address else "on this machine"
            raise ClusterError(
                f"there is no Ray cluster {where}: {_first_line(error)}. `ray start --head` starts one, and "
                "--address HOST:PORT names it; without --address one is started on this machine"
            ) from error
        self._began = True
        for told_by_us in ("ray.data", "ray.data.exceptions"):
            logging.getLogger(told_by_us).setLevel(logging.CRITICAL)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False

    def _pipeline(self) -> RayIngestionPipeline:
        import ray
        from llama_index.ingestion.ray import RayIngestionPipeline, RayTransformComponent

        from ingest.pipeline import EmbedPassages, SelectArticle, SplitPassages

        name = self._encoder_name
        most = self._most_workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        few = max(1, most // 8)
        return RayIngestionPipeline(
            transformations=[
                RayTransformComponent(
                    transform_class=SelectArticle,
                    map_batches_kwargs=_workers(few, batch_size=_FILES_AT_ONCE, num_cpus=_READING_CPUS),
                ),
                RayTransformComponent(
                    transform_class=SplitPassages,
                    transform_kwargs={"encoder_name": name},
                    map_batches_kwargs=_workers(few, batch_size=_FILES_AT_ONCE, num_cpus=_READING_CPUS),
                ),
                RayTransformComponent(
                    transform_class=EmbedPassages,
                    transform_kwargs={"encoder_name": name, "digest": load_encoder(name).spec.digest},
                    # a little less than a processor each, so that those who read fit beside them
                    map_batches_kwargs=_workers(most, batch_size=_NODES_AT_ONCE, num_cpus=1 - 2 * _READING_CPUS),
                ),
            ]
        )


def _check_listening(address: str) -> None:
    """Raises OSError when nobody answers at `HOST:PORT` or `ray://HOST:PORT`; other addresses are Ray's to judge."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_PATIENCE_S).close()


def _workers(most: int, *, batch_size: int, num_cpus: float) -> dict[str, object]:
    """How many of Ray's actors run a transform, and what each is given at a time."""
    from ray.data import ActorPoolStrategy

    return {
        "batch_size": batch_size,
        "num_cpus": num_cpus,
        "compute": ActorPoolStrategy(min_size=1, max_size=most),
    }


def _ours(error: BaseException) -> DatelineError | None:
    """The error of ours that a worker raised, if that is what went wrong: only its words come back with Ray's."""
    found = re.findall(r"^(?:ingest\.errors\.)(\w+): (.+)$", str(error), re.MULTILINE)
    if not found:
        return None
    name, told = found[-1]
    kind = getattr(errors, name, ClusterError)
    return kind(told) if isinstance(kind, type) and issubclass(kind, DatelineError) else None


def _first_line(error: BaseException) -> str:
    """What Ray says, without its colours."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()
    return next((line.strip() for line in lines if line.strip()), type(error).__name__)
