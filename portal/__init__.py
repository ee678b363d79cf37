"""HTTP API (and later the web pages) over the stages."""
