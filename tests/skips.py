"""What a run skipped is told at its end; where everything has to run (CI=true), a skipped test fails the run."""

from __future__ import annotations

import os
from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Lists what was skipped, by reason."""
    reasons = _skipped(terminalreporter)
    if reasons:
        terminalreporter.section("skipped")
    for reason, tests in sorted(reasons.items()):
        terminalreporter.line(f"{tests} for want of: {reason}")
    if reasons and _must_run_all():
        terminalreporter.line("With CI=true nothing may be skipped: this run has failed.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run that had to run everything and did not."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and _skipped(reporter) and _must_run_all() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(reporter: pytest.TerminalReporter) -> Counter[str]:
    reports = reporter.stats.get("skipped", [])
    return Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)


def _must_run_all() -> bool:
    return os.environ.get("CI") == "true"
