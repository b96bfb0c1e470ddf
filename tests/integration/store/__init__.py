"""What is stored, on real disks and beside other processes."""
