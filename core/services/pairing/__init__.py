"""Pairing by link: links that show one instance's codes to the person who has the phone."""
