"""`python -m activitylog` is the command `activitylog`."""

from activitylog.cli import main

if __name__ == "__main__":
    main()
