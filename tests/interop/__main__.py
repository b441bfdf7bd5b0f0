"""`python -m tests.interop`: install what is needed, then run the interop tests."""

import sys
from pathlib import Path

import pytest
from tests.interop.install import install

if __name__ == "__main__":
    install()
    sys.exit(pytest.main(["-q", str(Path(__file__).parent), *sys.argv[1:]]))
