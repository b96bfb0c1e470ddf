"""The page of a pairing link: plain HTML beside the app, for a person who is not signed in."""
