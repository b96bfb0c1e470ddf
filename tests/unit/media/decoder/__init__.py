"""Inside the child process that decodes pictures."""
