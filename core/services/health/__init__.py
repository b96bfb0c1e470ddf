"""What pages may ask about the health of an instance."""
