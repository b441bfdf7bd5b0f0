"""`python -m openclaw_gateway` is the command `openclaw`."""

import sys

from openclaw_gateway.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
