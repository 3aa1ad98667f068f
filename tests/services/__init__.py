"""Real servers for tests, on loopback: started by a fixture, ended by it."""
