"""Pictures of every kind, and their measures as a browser draws them."""
