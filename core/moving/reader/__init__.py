"""The disposable process in which uploads and databases of others are read, and how it is asked.

Nothing else of ours parses a byte of an upload. ``client`` starts the process and asks it; the other modules
run in it, under limits, and may die of what they read.
"""
