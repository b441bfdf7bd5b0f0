"""`memory.search`: what an agent finds its memories with, above all the model that turns text into vectors.

The file has it in four places, the most particular first: `agents.entries.<id>.memory.search`, its older name
`agents.entries.<id>.memorySearch`, `memory.search`, and its older name `agents.defaults.memorySearch`.
Source: OpenClaw docs/reference/memory-config.md.
"""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from openclaw_gateway.config.schema.values import NoEffect, NonEmpty, Positive, Secret, Section


class MemoryRemote(Section, frozen=True):
    """Where the embedding model is, when not where the provider's other models are."""

    base_url: NonEmpty | None = None
    api_key: Secret | None = None
    headers: dict[str, Secret] = {}
    batch: NoEffect = None
    non_batch_concurrency: NoEffect = None


class MemorySearch(Section, frozen=True):
    """The embedding model. None: as the next place of the file says, at last openai and its usual model.

    provider: openai, gemini, openai-compatible (with remote.baseUrl), a key of models.providers, or none. fallback:
    another provider that a request may name. output_dimensionality: length of the vectors unless a request says.
    """

    provider: NonEmpty | None = None
    model: NonEmpty | None = None
    fallback: NonEmpty | None = None
    output_dimensionality: Positive | None = None
    remote: MemoryRemote | None = None
    enabled: NoEffect = None
    cache: NoEffect = None
    chunking: NoEffect = None
    document_input_type: NoEffect = None
    experimental: NoEffect = None
    extra_paths: NoEffect = None
    input_type: NoEffect = None
    local: NoEffect = None
    multimodal: NoEffect = None
    qmd: NoEffect = None
    query: NoEffect = None
    query_input_type: NoEffect = None
    scope: NoEffect = None
    sources: NoEffect = None
    store: NoEffect = None
    sync: NoEffect = None
