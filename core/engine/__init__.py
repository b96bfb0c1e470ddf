"""Worker processes and their pipe; only ``core.engine.whatsapp`` knows neonize."""
