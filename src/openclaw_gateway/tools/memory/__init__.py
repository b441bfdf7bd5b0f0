"""What an agent wrote down for itself: MEMORY.md, USER.md and the notes below `memory/`, to be found and read again."""
