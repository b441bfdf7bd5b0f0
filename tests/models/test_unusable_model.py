"""Entries that cannot be asked."""

import pytest
from tests.models.asking import HI

from openclaw_gateway.model_errors import ModelAuthFailed
from openclaw_gateway.models.unusable_model import UnusableModel


async def test_every_call_says_why() -> None:
    """Each call raises an error of its own, so that no trace of one run shows in another's."""
    model = UnusableModel("p", "m", ModelAuthFailed, "set KEY")
    errors = []
    for _ in range(2):
        with pytest.raises(ModelAuthFailed, match="set KEY") as caught:
            await model.ask(HI, lambda event: None)
        errors.append(caught.value)
    assert errors[0] is not errors[1]
    assert (errors[0].provider, errors[0].model) == ("p", "m")
