"""The parts common to all pictures: colours, labels, options, rendering."""
