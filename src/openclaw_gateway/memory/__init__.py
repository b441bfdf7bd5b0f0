"""Room 7e: an index over the notes of an agent. It knows words, places and ages; where notes are it is told."""
