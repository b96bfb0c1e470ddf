"""The only room that knows neonize: worker processes, their pipe, and the translation of what they say."""
