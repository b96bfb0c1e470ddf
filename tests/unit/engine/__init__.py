"""The pipe, the translation of what the core says, and starting workers."""
