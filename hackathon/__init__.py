"""The hackathon of a forum."""
