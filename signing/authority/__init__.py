"""The built-in test authority: certificates, OCSP, CRL, time stamps and a CSC signing service. Never for production."""
