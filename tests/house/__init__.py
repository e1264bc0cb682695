"""The house as it is: drawn from the imports, and who knows which capability."""
