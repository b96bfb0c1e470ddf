"""The door of the running server, tried over real sockets."""
