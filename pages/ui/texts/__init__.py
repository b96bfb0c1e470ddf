"""Every sentence that pages show for a code, a state or a kind."""
