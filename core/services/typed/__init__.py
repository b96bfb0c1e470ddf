"""What people type and paste, understood or refused in words."""
