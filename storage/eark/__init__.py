"""Packages for archives: E-ARK CSIP shape with METS, EAD3 and PREMIS 3."""
