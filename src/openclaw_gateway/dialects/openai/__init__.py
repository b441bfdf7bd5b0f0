"""OpenAI's HTTP API: requests into what a run takes, events into what its SDKs read."""
