"""Disposable processes: a stranger's bytes or a full disk may end one of them, never the web process."""
