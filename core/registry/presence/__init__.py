"""What an instance shows of its account, and when its phone was last heard of."""
