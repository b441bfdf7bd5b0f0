"""What the operator's log says of runs."""

import asyncio
import logging
from pathlib import Path

import pytest
from tests.running import Running, config_for, eventually, running_gateway
from tests.upstream import Upstream


def lines_of(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


async def test_failed_run_is_a_warning(gateway: Running, upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    """A run that failed is one warning with its id, agent, cause and code; what was said is not in it."""
    upstream.fail(401)
    reply = await gateway.chat("a private question")
    (line,) = lines_of(caplog, logging.WARNING)
    assert reply.headers["x-openclaw-run-id"] in line
    assert "agent main" in line
    assert "models.providers.up.apiKey" in line
    assert "[upstream_auth]" in line
    assert "private" not in caplog.text


async def test_run_that_somebody_ended_is_no_warning(
    gateway: Running, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that leaves is told at info level."""
    caplog.set_level(logging.INFO)
    upstream.hang_after_head()
    call = asyncio.create_task(gateway.chat("hi"))
    await upstream.wait_requests(1)
    call.cancel()
    await upstream.wait_cut()
    await eventually(lambda: any("was ended" in line for line in lines_of(caplog, logging.INFO)))
    assert lines_of(caplog, logging.WARNING) == []


async def test_fallback_is_a_warning(tmp_path: Path, upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    """A model that was passed over is told with the one that was asked next, and every run at debug level."""
    caplog.set_level(logging.DEBUG, "openclaw_gateway")
    config = config_for(upstream, agents={"defaults": {"model": {"primary": "up/tiny", "fallbacks": ["up/other"]}}})
    upstream.fail(401)
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        await gateway.chat("hi")
    assert any("goes on with up/other" in line for line in lines_of(caplog, logging.WARNING))
    assert any("answered by up/other" in line for line in lines_of(caplog, logging.DEBUG))
