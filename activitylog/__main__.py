"""`python -m activitylog` is the command `activitylog`."""

import gc

gc.disable()  # loading makes no garbage: looking for it costs a fifth of the start

from activitylog.cli import main  # noqa: E402

gc.enable()
gc.freeze()

if __name__ == "__main__":
    main()
