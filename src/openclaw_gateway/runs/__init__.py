"""Room 6: the run. Takes a routed request, asks models, runs tools, stores the turn, and says what happens."""
