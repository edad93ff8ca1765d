"""`python -m benchmarks [NAME]…`: every benchmark in turn, or those named."""

import sys
from importlib import import_module

BENCHMARKS = ("survey_load", "rollup_year", "survey_hall", "survey_export", "rollup_scale")


def main(names: list[str]) -> int:
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"没有这项测量：{'、'.join(sorted(unknown))}；可选：{'、'.join(BENCHMARKS)}。", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
