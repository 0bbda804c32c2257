"""The picture: told by content, stripped of everything but its pixels, covered, fingerprinted."""
