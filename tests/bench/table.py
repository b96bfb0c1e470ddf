"""Figures as a table that can be pasted into a README."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing: its bound, None for what is only told, and every figure that was measured."""

    what: str
    bound: float | None
    unit: str
    figures: tuple[float, ...]

    @property
    def within(self) -> bool:
        """Whether the worst figure is inside the bound."""
        return self.bound is None or max(self.figures) <= self.bound


def row(what: str, bound: float | None, unit: str, *figures: float) -> Row:
    """A row from figures in ``unit``."""
    return Row(what, bound, unit, figures)


def as_markdown(rows: Sequence[Row]) -> str:
    """The table: median, worst, number of runs, bound, and whether the worst was inside it."""
    lines = ["| what | median | worst | runs | bound | |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    for each in rows:
        digits = 0 if each.unit == "MB" and max(each.figures) >= 100 else 2 if each.unit == "s" else 1
        median, worst = statistics.median(each.figures), max(each.figures)
        verdict = "" if each.bound is None else "within" if each.within else "**over**"
        bound = "" if each.bound is None else f"{each.bound:g} {each.unit}"
        lines.append(
            f"| {each.what} | {median:.{digits}f} {each.unit} | {worst:.{digits}f} {each.unit} "
            f"| {len(each.figures)} | {bound} | {verdict} |"
        )
    return "\n".join(lines)
