"""`python -m tests.interop`: install what is needed, then run the interop tests, or those that `-k NAME` chooses."""

import sys
from pathlib import Path

import pytest
from tests.interop.install import install

if __name__ == "__main__":
    install()
    print("interop: running the tests; each is named as it begins", flush=True)
    sys.exit(pytest.main(["-v", str(Path(__file__).parent), *sys.argv[1:]]))
