"""Reading and changing files: pure parts that know only text, and tools that find files in a `Place`.

Nothing here opens a path by name: `root.py` walks to it, so that a link or a rename in between leads nowhere else.
"""
