"""The pages: form data in, an act called, a page out. Nothing is decided here."""
