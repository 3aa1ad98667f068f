"""The state store (DESIGN 8). Importing this costs nothing: SQLAlchemy loads with `driftline.store.store`."""
