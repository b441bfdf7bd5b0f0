"""Room 7d: what a request brings beside text. Files are read, addresses are fetched, and nothing of it is believed."""
