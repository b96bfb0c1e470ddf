"""Files that people send: looked at by their content, made into what WhatsApp takes, kept for a moment."""
