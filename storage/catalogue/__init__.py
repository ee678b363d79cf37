"""The catalogue: an SQL index over the warehouse, with the registers, queues and the audit chain."""
