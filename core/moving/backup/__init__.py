"""Backups of instances: one file that the public ``age`` program opens too."""
