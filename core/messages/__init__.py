"""Outbox, inbox and delivery of one instance: what is written before it is sent, and after it arrives."""
