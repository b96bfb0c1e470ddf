"""What pages may ask of an account's own profile, its block list, and calls to it."""
