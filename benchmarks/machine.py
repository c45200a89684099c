"""The machine a benchmark ran on, and what CPU and memory a process has used (Linux)."""

import os
import platform
import sys
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def describe() -> dict[str, str | int | float]:
    """Processor, cores, Python and load: what figures are meaningless without."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def told(progress: str) -> None:
    """Say on stderr how far long work has come."""
    print(progress, file=sys.stderr, flush=True)


def use_one_core() -> int:
    """Keep this process on one of its cores (the last); returns which."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads. Raises OSError when it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_bytes(pid: int | None = None) -> int:
    """Memory of a process (None: this one) that is in RAM (RSS)."""
    name = "self" if pid is None else pid
    return int(Path(f"/proc/{name}/statm").read_text().split()[1]) * _PAGE


def most_resident_bytes(pid: int) -> int:
    """The most memory of a process that was ever in RAM."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/{pid}/status tells no VmHWM")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
