"""The loader, module by module, over real HTTP and a real database."""
