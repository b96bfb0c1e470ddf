"""The messages of a thread as bubbles: what they hold, and what is pressed in them."""
