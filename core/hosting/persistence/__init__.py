"""Whether the folder of the sessions survives the next deploy, and the evidence for it."""
