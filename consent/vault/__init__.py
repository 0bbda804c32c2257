"""Keeping it secret: keys, envelope encryption, the one way to decrypt, encrypted blobs."""
