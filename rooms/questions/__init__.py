"""Questions and answers: held, published, voted, staged, answered."""
