"""How long a job worker keeps files, from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from homeroom.base.errors import SettingsError
from homeroom.ingest.sweeping import DAYS_OF_FILES

_VARIABLE: Final = "HOMEROOM_KEEP_FILES_DAYS"


def parse_days_of_files(environment: Mapping[str, str]) -> int:
    """How many days the inbox keeps files; 0 for good. Raises SettingsError saying what to write instead."""
    given = environment.get(_VARIABLE) or str(DAYS_OF_FILES)
    if not re.fullmatch(r"[0-9]{1,5}", given):
        raise SettingsError(
            f"{_VARIABLE} is no number of days; write such as {DAYS_OF_FILES}, or 0 for good."
        )
    return int(given)
