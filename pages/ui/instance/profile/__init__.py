"""What the number shows of itself, folded on its instance's page."""
