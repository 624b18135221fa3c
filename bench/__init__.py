"""Timed scenarios: how fast Homeroom is on this machine, beside a bare ceiling in the same run."""
