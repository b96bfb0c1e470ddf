"""Pieces of the pages: a folder for each page; texts, widgets, formats, state and live updates for all."""
