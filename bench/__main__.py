"""`python -m bench`: everything in one run, with the direct-to-upstream baseline beside it."""

import argparse
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import uvloop

from bench.measures import MEASURES, QUICK, Setting, Sizes
from bench.report import Row, print_heading, print_row, write_json


async def _measure(names: list[str], sizes: Sizes, folder: Path) -> list[Row]:
    rows: list[Row] = []

    def say(row: Row) -> None:
        rows.append(row)
        print_row(row)

    with ExitStack() as stack:
        setting = Setting(folder, stack)
        for name in names:
            title, measure = MEASURES[name]
            print_heading(title)
            await measure(setting, sizes, say)
    return rows


def main() -> int:
    """Measure, print, and tell by the exit code whether every budget was kept."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns: the order of magnitude in a minute")
    parser.add_argument("--only", default=",".join(MEASURES), help=f"comma-separated of: {', '.join(MEASURES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as well")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a budget is passed")
    arguments = parser.parse_args()
    names = arguments.only.split(",")
    if unknown := [name for name in names if name not in MEASURES]:
        parser.error(f"--only: expected of {', '.join(MEASURES)}, got {', '.join(unknown)}")
    folder = Path(tempfile.mkdtemp(prefix="openclaw-bench-"))
    try:
        rows = uvloop.run(_measure(names, QUICK if arguments.quick else Sizes(), folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.json is not None:
        write_json(arguments.json, rows, is_quick=arguments.quick)
    over = [row for row in rows if row.budget_ratio is not None and row.budget_ratio > 1]
    print(f"\n{len(over)} of {sum(row.budget is not None for row in rows)} budgets passed over")
    return 1 if over and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
