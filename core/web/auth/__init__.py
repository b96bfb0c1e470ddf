"""Signing in: the middleware, the session cookie, password, sign-in link and OpenID Connect."""
