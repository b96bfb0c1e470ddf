"""The support report, and what is taken out of it before anybody reads it."""
