"""The chart of bars: in proportion, within its ground, and nothing that came is invisible."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeroom.web.pages.chart import draw_bars

_ROWS = st.integers(0, 10**9)


def test_bars_are_in_proportion() -> None:
    chart = draw_bars([(50, 50), (25, 0), (0, 0)])
    assert chart.most == 100
    assert [(b.kept_height, b.rejected_height) for b in chart.bars] == [(48, 48), (24, 0), (0, 0)]


def test_no_bars_make_an_empty_chart() -> None:
    assert draw_bars([]).bars == []


@given(st.lists(st.tuples(_ROWS, _ROWS), min_size=1, max_size=8))
def test_every_bar_stands_on_the_ground_and_within_it(rows: list[tuple[int, int]]) -> None:
    chart = draw_bars(rows)
    for bar, (kept, rejected) in zip(chart.bars, rows, strict=True):
        assert bar.kept_y + bar.kept_height == chart.height
        assert bar.rejected_y + bar.rejected_height == bar.kept_y
        assert bar.rejected_y >= 0
        assert bar.x + chart.bar_width <= chart.width
        assert (bar.kept_height > 0, bar.rejected_height > 0) == (kept > 0, rejected > 0)
