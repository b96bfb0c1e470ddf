"""Public web pages for link previews: addresses checked, bodies bounded."""
