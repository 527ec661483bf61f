"""What the browser talks to: one server with the chat page, what it fetches, and the API for programs."""
