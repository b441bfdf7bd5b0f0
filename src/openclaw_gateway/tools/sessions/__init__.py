"""Sessions as agents see them: their own, those they spawned, and others as far as the operator lets them."""
