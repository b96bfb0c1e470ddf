"""The page Conversas: a list of conversations, the thread of one, and the composer below it."""
