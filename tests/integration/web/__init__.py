"""The running server and its sign-in, tried over real sockets."""
