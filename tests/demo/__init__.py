"""The N2F stand-in of `demo/`, tried over real HTTP, and facts about its sample data."""
