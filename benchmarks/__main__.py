"""`python -m benchmarks [NAME]…`: every benchmark in turn, or those named; options go to a single one."""

import sys
from importlib import import_module
from itertools import takewhile

BENCHMARKS = (
    "survey_load",
    "survey_attacked",
    "rollup_year",
    "survey_hall",
    "survey_export",
    "rollup_scale",
    "pages",
)


def main(arguments: list[str]) -> int:
    names = list(takewhile(lambda word: not word.startswith("-"), arguments))
    options = arguments[len(names) :]
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"没有这项测量：{'、'.join(unknown)}；可选：{'、'.join(BENCHMARKS)}。", file=sys.stderr)
        return 2
    if options and len(names) != 1:
        print(f"选项 {options[0]} 只能跟在一项测量的名字之后。", file=sys.stderr)
        return 2
    sys.argv[1:] = options
    for name in names or BENCHMARKS:
        import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
