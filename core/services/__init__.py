"""What a page may ask for: verbs and snapshots, with the limits and rules of use."""
