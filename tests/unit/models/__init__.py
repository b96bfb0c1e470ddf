"""The frozen data that travels between rooms."""
