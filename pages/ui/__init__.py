"""Pieces that the pages share: language, sentences, badges, the QR, live updates."""
