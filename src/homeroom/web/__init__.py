"""One ASGI application: the data API and the pages."""
