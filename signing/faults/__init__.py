"""A signing service that misbehaves on purpose: a proxy in front of the test authority, for tests and demos."""
