"""Commands in a message: `/status`, `/new` and the like. What they are called, who may give them, and what they do."""
