"""The model study: candidates and recipes, trained alike and compared."""
