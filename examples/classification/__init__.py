"""3. Classification: margins, softmax, and several classes out of pairs."""
