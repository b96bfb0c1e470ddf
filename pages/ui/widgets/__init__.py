"""Pieces that know no page."""
