"""Bounds of a mapping spec, so that no spec can cost more than the file it maps."""

from __future__ import annotations

from typing import Final

MAX_SPEC_BYTES: Final = 1 << 20
MAX_YAML_DEPTH: Final = 40
MAX_YAML_NODES: Final = 50_000
MAX_TABLE_BYTES: Final = 8 << 20
"""Of one CSV beside the spec."""
MAX_TABLE_ROWS: Final = 50_000
MAX_RANGE: Final = 1_000
"""Numbers in one `for: {n: 1..30}`."""
MAX_UNROLLED: Final = 2_000
"""Records or items that one `for` may become, all its variables multiplied."""
MAX_LEAVES: Final = 20_000
"""Values of all records of one spec together, after every `for` is unrolled."""
MAX_EXPRESSION_CHARACTERS: Final = 4_000
MAX_EXPRESSION_DEPTH: Final = 60
MAX_EXPRESSION_NODES: Final = 1_000
MAX_REGEX_CHARACTERS: Final = 500
MAX_REGEX_REPEAT: Final = 200
"""Of a counted repetition such as `{3,200}`: nested ones multiply to a large automaton."""
MAX_GROWTH: Final = 500
"""Cells that a text may be put together of, all lets and replacements followed: so long a row's text can become."""
CELL_CHARACTERS: Final = 100
"""What of a constant counts as one cell."""
MAX_DATE_FORMS: Final = 12
MAX_LETS: Final = 200
MAX_LET_DEPTH: Final = 30
"""Lets that use one another in a chain."""
