"""Causes recognised from text, on complaints of the CFPB: accuracy, macro-F1, confidence.

Prequential: each complaint is recognised by what was learned from those before it, and then
teaches its cause. Beside the classifier stand the keyword sets alone (most keywords win) and the
most frequent cause so far. A word costs nothing to recognise as `unknown`, but counts as wrong.
"""

import json
import sys
from dataclasses import asdict
from time import perf_counter

import click

from benchmarks.causes.data import read_complaints
from benchmarks.causes.measure import Tally, prequential
from detectors.policy import Policy


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option("--every", default=50, show_default=True, help="Complaints between two snapshots.")
def main(as_json: bool, every: int) -> None:
    """Measure how well causes are recognised from text."""
    complaints = read_complaints()
    begun = perf_counter()
    tallies = prequential(complaints, Policy().complaints, every)
    seconds = perf_counter() - begun
    figures = {name: asdict(tally.figures()) for name, tally in tallies.items()}
    if as_json:
        json.dump({"complaints": len(complaints), "measured": figures}, sys.stdout, indent=2)
        return
    print(f"{len(complaints):,} complaints, {seconds / len(complaints) * 1e3:.2f} ms each\n")
    print_table(tallies)


def print_table(tallies: dict[str, Tally]) -> None:
    """A Markdown table of the figures."""
    heads = "accuracy | second half | macro-F1 | answered | right of these | calibration error"
    print(f"| recognised by | {heads} |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, tally in tallies.items():
        f = tally.figures()
        print(
            f"| {name} | {f.accuracy:.3f} | {f.late_accuracy:.3f} | {f.macro_f1:.3f} "
            f"| {f.answered:.0%} | {f.precision:.3f} "
            f"| {'' if f.calibration_error is None else format(f.calibration_error, '.3f')} |"
        )


if __name__ == "__main__":
    main()
