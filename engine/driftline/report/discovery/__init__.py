"""What a search for segments came to: values, and the forms in which they are shown."""
