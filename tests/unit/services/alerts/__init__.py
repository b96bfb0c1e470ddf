"""What a page may ask of alerts."""
