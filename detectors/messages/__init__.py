"""Building the output messages: from decisions to payloads on topics, a file for each kind."""
