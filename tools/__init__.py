"""What makes parts of the documentation out of the code: `make reference`, `make transcripts`."""
