"""What each template may see: frozen values with every name and choice made, one module a kind of file."""
