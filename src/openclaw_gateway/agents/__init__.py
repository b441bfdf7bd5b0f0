"""Room 7a: the agents that the config names: identity, model choice, workspace, system prompt."""
