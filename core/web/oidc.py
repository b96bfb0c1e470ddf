OIDC_PATHS = frozenset({"/login/oidc", "/login/callback"})
