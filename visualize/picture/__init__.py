"""The parts that all pictures share: colours, labels, options, rendering."""
