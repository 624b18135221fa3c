"""The fast reader of delimited text: whole blocks through polars, or nothing where a row needs care.

It answers None rather than guess: what it gives is what `csv_rows` would have given.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from homeroom.ingest.connectors.csv_rows import MAX_CELL_CHARACTERS, MAX_ROW_BYTES
from homeroom.ingest.connectors.tables import LINE

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.connectors.csv_rows import Form

_LF: Final = b"\n"
_CR: Final = b"\r"


def read_block(block: bytes, form: Form, columns: tuple[str, ...], *, line: int) -> polars.DataFrame | None:
    """Every row of a block of complete rows with its line, or None when the careful reader must look at it."""
    import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

    end = line_end(block)
    if not block or not end or not _is_plain(block, form):
        return None
    try:
        frame = polars.read_csv(
            block,
            has_header=False,
            schema=dict.fromkeys(columns, polars.String),
            separator=form.delimiter,
            quote_char=form.quote or None,
            eol_char=end,
        )
    except polars.exceptions.PolarsError:
        return None
    if not _is_whole(frame, block, form) or _has_giants(frame, block):
        return None
    lines = _lines(frame, block, end=end.encode(), line=line)
    if lines is None:
        return None
    return _without_empty_texts(frame, block, form).with_columns(lines)


def cut_of(buffer: bytes, form: Form) -> int:
    """Where the last complete row of a block ends; 0 when that cannot be told from the quotes."""
    end = _LF if _LF in buffer else _CR
    quote = form.quote.encode()
    at = buffer.rfind(end, 0, len(buffer) - (end == _CR))
    if not quote or at < 0:
        return at + 1
    is_open = buffer.count(quote, 0, at) % 2 == 1
    if is_open:
        at = buffer.rfind(end, 0, buffer.rfind(quote, 0, at))
    return at + 1


def _is_plain(block: bytes, form: Form) -> bool:
    """Whether polars reads a block as Python's strict reader does: of a delimiter at the very end it would not."""
    delimiter = form.delimiter
    is_ascii = (delimiter + form.quote).isascii()
    return (
        is_ascii and b"\0" not in block and block[-1:] != delimiter.encode() and _is_well_quoted(block, form)
    )


def _is_well_quoted(block: bytes, form: Form) -> bool:
    """Whether each quote opens or closes a cell or is doubled within one, so that no reader can differ."""
    quote = form.quote.encode()
    return not quote or quote not in block or bool(_well_quoted(form.delimiter, form.quote).fullmatch(block))


@lru_cache(maxsize=64)
def _well_quoted(delimiter: str, quote: str) -> re.Pattern[bytes]:
    """Possessive throughout: it looks at each byte once and remembers no place to go back to."""
    d, q = re.escape(delimiter), re.escape(quote)
    cell = rf"(?:(?<=[{d}\r\n])|\A){q}[^{q}]*+(?:{q}{q}[^{q}]*+)*+{q}(?=[{d}\r\n]|\Z)"
    return re.compile(rf"(?:[^{q}]*+{cell})*+[^{q}]*+".encode())


def line_end(block: bytes) -> str:
    """The one line end of a block, LF standing for CR LF too; "" when several are mixed or there is none."""
    returns, feeds = block.count(_CR), block.count(_LF)
    if returns == 0 or (feeds and block.count(b"\r\n") == returns):
        return "\n"
    return "" if feeds else "\r"


def _is_whole(frame: polars.DataFrame, block: bytes, form: Form) -> bool:
    """Whether no row is short or blank; polars itself refuses a long one."""
    if frame.to_series(-1).null_count() == 0:
        return True
    if form.width == 1:
        return False
    delimiters = block.count(form.delimiter.encode())
    if form.quote and form.quote.encode() in block:
        delimiters -= _count_within(frame, form.delimiter)
    return delimiters == (form.width - 1) * frame.height


def _has_giants(frame: polars.DataFrame, block: bytes) -> bool:
    import polars  # noqa: PLC0415

    if len(block) <= MAX_CELL_CHARACTERS:
        return False
    sizes = frame.select(polars.all().str.len_bytes().max()).row(0)
    longest = [size or 0 for size in sizes]
    return max(longest) > MAX_CELL_CHARACTERS or sum(longest) + len(longest) > MAX_ROW_BYTES


def _lines(frame: polars.DataFrame, block: bytes, *, end: bytes, line: int) -> polars.Series | None:
    import polars  # noqa: PLC0415

    ends = block.count(end) + (not block.endswith(end))
    numbers = polars.int_range(line, line + frame.height, dtype=polars.Int64, eager=True).alias(LINE)
    if ends == frame.height:
        return numbers
    if end == _CR:
        return None
    breaks = frame.select(polars.sum_horizontal(polars.all().str.count_matches("\n", literal=True)))
    so_far = breaks.to_series().cast(polars.Int64).cum_sum()
    if frame.height + so_far[-1] != ends:
        return None
    return (numbers + so_far.shift(1, fill_value=0)).alias(LINE)


def _count_within(frame: polars.DataFrame, text: str) -> int:
    import polars  # noqa: PLC0415

    counts = frame.select(polars.all().str.count_matches(text, literal=True).sum()).row(0)
    return sum(int(count or 0) for count in counts)


def _without_empty_texts(frame: polars.DataFrame, block: bytes, form: Form) -> polars.DataFrame:
    """A quoted empty cell is as missing as an empty one."""
    import polars  # noqa: PLC0415

    if not form.quote or form.quote.encode() * 2 not in block:
        return frame
    return frame.with_columns(polars.all().replace("", None))
