"""A client for the tests of this room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.models.certificate import CERTIFICATE, KEY

from openclaw_gateway.models.http_client import HttpClient


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    """A client whose connections are cut at the end."""
    client = HttpClient()
    yield client
    client.close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Files of a certificate for localhost that nobody trusts, and of its key."""
    paths = (tmp_path / "certificate.pem", tmp_path / "key.pem")
    paths[0].write_text(CERTIFICATE)
    paths[1].write_text(KEY)
    return paths
