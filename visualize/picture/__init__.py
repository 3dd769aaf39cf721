"""What all pictures share: colours, labels, options, rendering."""
