"""What the embedded PostgreSQL is told: durable, quiet about values, sized for the machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MEBIBYTE = 1024 * 1024

_CONTROL_GROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")

_ALWAYS = {
    # Reached by its socket alone.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    # An acknowledged write survives a crash; never relaxed, not for tests and not for benchmarks.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # Statements and their values stay out of the log: `log` is above `error`, so what the server says of
    # itself is written and what a statement did wrong, which quotes values, is not.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_autovacuum_min_duration": "-1",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # One session per request in flight; short statements, no row is worth compiling for.
    "max_connections": "200",
    "jit": "off",
    "track_io_timing": "off",
    "timezone": "UTC",
    "datestyle": "iso, ymd",
    "random_page_cost": "1.1",
    # Packing page images was 40 % of the server's work for a write to a random row, and saves a third of the log.
    "wal_compression": "off",
    # Loads write in bursts: rarer checkpoints.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "restart_after_crash": "on",
}

# After a crash all that was written goes to the disk before the log is replayed. One call for the file system
# instead of one for each file, of which a district has 3,000: 0.2 s against 1.0 s for two idle districts, and
# against 15 s on a busy disk. Other systems have no such call.
_ON_LINUX = {"recovery_init_sync_method": "syncfs"}


def render_config(*, socket_folder: Path, memory_bytes: int, port: int) -> str:
    """The text of our configuration file.

    memory_bytes: what the machine or its container has; an eighth of it, from 64 MB to 1 GB, is the
    server's cache, which leaves most to the operating system's.
    """
    cache = min(max(memory_bytes // 8, 64 * MEBIBYTE), 1024 * MEBIBYTE)
    maintenance = min(max(memory_bytes // 32, 32 * MEBIBYTE), 256 * MEBIBYTE)
    sized = {
        "port": str(port),
        "unix_socket_directories": str(socket_folder),
        "shared_buffers": f"{cache // MEBIBYTE}MB",
        "effective_cache_size": f"{max(memory_bytes // 2, cache) // MEBIBYTE}MB",
        "maintenance_work_mem": f"{maintenance // MEBIBYTE}MB",
    }
    fitting = _ON_LINUX if sys.platform == "linux" else {}
    lines = [f"{name} = '{value}'" for name, value in (_ALWAYS | fitting | sized).items()]
    return "\n".join(["# Written by Homeroom at each start; changes here are lost.", *lines, ""])


def read_memory_bytes() -> int:
    """What this machine has, or less when a container's limit says so."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _CONTROL_GROUP_LIMITS:
        try:
            limit = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if limit.isdigit():
            memory = min(memory, int(limit))
    return memory
