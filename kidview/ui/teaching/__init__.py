"""Teaching the model from corrected cases, and deciding about the one that comes out."""
