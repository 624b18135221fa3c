"""All functions of the expression language by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from homeroom.ingest.mapping.functions_dates import DATE_FUNCTIONS
from homeroom.ingest.mapping.functions_logic import LOGIC_FUNCTIONS
from homeroom.ingest.mapping.functions_people import PEOPLE_FUNCTIONS
from homeroom.ingest.mapping.functions_tables import TABLE_FUNCTIONS
from homeroom.ingest.mapping.functions_text import TEXT_FUNCTIONS
from homeroom.ingest.mapping.register import Function

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        f.name: f
        for f in (*TEXT_FUNCTIONS, *LOGIC_FUNCTIONS, *DATE_FUNCTIONS, *TABLE_FUNCTIONS, *PEOPLE_FUNCTIONS)
    }
)
