"""The pieces of the page of alerts."""
