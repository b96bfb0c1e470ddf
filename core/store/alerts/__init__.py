"""What alerts keep on the disk: the owner's choices, and incidents with their deliveries."""
