"""What the product finds in a world whose truth is known (`examples/telecom`)."""
