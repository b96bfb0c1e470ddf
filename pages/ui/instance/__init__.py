"""Pieces of the page of one instance."""
