"""From data to a first configuration: what the columns hold, what that may mean, and the text that says both."""
