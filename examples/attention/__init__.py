"""12. Attention: a transformer out of single numbers."""
