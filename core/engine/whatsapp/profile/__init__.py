"""What an account shows of itself, whom it blocks, and calls to it."""
