"""10. Images: convolutions, shared weights and transfer."""
