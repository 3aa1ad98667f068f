"""Channels take notices; `deliver` drains the outbox into them. Importing this costs nothing."""
