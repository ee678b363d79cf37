"""Prefect flows: retries, concurrency, schedules and artifacts around the stages of ``pipeline``."""
