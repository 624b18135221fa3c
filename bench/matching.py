"""Who is who: incoming people against those of a district, on a labelled test: speed, memory, what is right."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Sequence
from time import perf_counter, process_time

from bench.figures import Figures
from homeroom.matching.features import Words, compile_features
from homeroom.matching.match import set_up
from homeroom.matching.verdicts import Answer, Thresholds, Verdict
from homeroom.synth.likenesses import Labelled, make_likenesses

_ROWS = 100_000
_SEED = 2


async def measure(figures: Figures, rows: int | None) -> None:
    """Compares two files of about so many people each; seed 1 fixed the thresholds, seed 2 is measured."""
    files = make_likenesses(rows or _ROWS, seed=_SEED)
    before = _megabytes()
    start, cpu = perf_counter(), process_time()
    words = Words()
    known = compile_features(files.known, words)
    incoming = compile_features((one.person for one in files.incoming), words)
    verdicts = set_up(incoming, known).verdicts(Thresholds())
    figures.put("incoming people", len(files.incoming))
    figures.put("people of the district", len(files.known))
    figures.put("time", perf_counter() - start, "s", "120 at 100,000 on 2 cores")
    figures.put("CPU time", process_time() - cpu, "s")
    figures.put("memory at its highest, beyond the input", _megabytes() - before, "MB")
    for name, value in shares(files.incoming, verdicts).items():
        figures.put(name, value, "%")


def shares(incoming: Sequence[Labelled], verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Precision over all, and for each kind what was found, asked with the right one shown, missed and wrong."""
    outcomes: dict[str, Counter[str]] = {}
    for one, verdict in zip(incoming, verdicts, strict=True):
        outcomes.setdefault(one.kind, Counter())[_outcome(one, verdict)] += 1
    total = sum(outcomes.values(), Counter())
    found = {
        "precision of what nobody was asked about": _percent(total["right"], total["right"] + total["wrong"])
    }
    same = [
        kind for kind, counts in outcomes.items() if counts["right"] or counts["shown"] or counts["missed"]
    ]
    every = sum(sum(outcomes[k].values()) for k in same)
    found["recall without a person"] = _percent(total["right"], every)
    found["recall with a person"] = _percent(total["right"] + total["shown"], every)
    found["asked"] = _percent(total["shown"] + total["asked"], sum(total.values()))
    for kind in sorted(outcomes):
        counts, size = outcomes[kind], sum(outcomes[kind].values())
        for name in ("right", "shown", "asked", "missed", "new", "wrong"):
            if counts[name]:
                found[f"{kind} ({size}): {name}"] = _percent(counts[name], size)
    return found


def _outcome(one: Labelled, verdict: Verdict) -> str:
    shown = [candidate.known for candidate in verdict.candidates]
    match verdict.answer:
        case Answer.SAME:
            return "right" if shown[0] == one.truth else "wrong"
        case Answer.ASK:
            return "shown" if one.truth in shown else "asked"
        case Answer.DIFFERENT:
            return "new" if one.truth is None else "missed"


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
