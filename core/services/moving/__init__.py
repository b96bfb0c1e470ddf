"""What pages may ask for to move a session in, out, or into a backup."""
