"""The frame around every page: navigation, account, persistence banner, style."""
