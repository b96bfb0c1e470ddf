"""Alerts: what is wrong and since when, who is told of it, and how the telling went."""
