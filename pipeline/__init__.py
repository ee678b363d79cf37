"""The stages as plain functions, settings and the command line. Runs without Prefect."""
