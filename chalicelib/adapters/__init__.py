"""One module per outside thing; the only imports of SDKs."""
