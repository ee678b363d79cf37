"""Training of the filter that parts typed names from seals and signatures; not needed to read anything."""
