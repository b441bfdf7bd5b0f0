"""`openclaw onboard --non-interactive`: a configuration with a model, written without asking.

Options, document and effects are the original's (OpenClaw docs/cli/onboard.md, docs/start/wizard-cli-automation.md) for
the parts that exist here. The model is not tried; the gateway tells at the first turn what is wrong with it.
"""

# --<provider>-api-key -> provider id and the model that is set with it.
PROVIDER_KEYS = {
    "openai": "openai/gpt-5",
    "anthropic": "anthropic/claude-sonnet-4-5",
    "openrouter": "openrouter/auto",
    "gemini": "gemini/gemini-2.5-flash",
}
