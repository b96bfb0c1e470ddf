"""Alerts: incidents are seen, written down, and told to the owner's addresses until they arrive."""
