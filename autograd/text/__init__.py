"""Text for people: numbers in few characters, columns, paper."""
