"""Everything that checks the product. Nothing in the product imports from here."""
