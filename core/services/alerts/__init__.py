"""What a page may ask of alerts: addresses and what goes to them, and the owner's choices."""
