"""The claims of scripts on neurons and networks, and on how they learn."""
