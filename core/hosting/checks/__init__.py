"""Self-checks of the machine, the disk, the network and the installation."""
