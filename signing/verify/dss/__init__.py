"""EU DSS as a second opinion: a program of its own (LGPL), started as a process, never part of ours."""
