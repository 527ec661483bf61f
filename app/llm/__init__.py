"""A language model of the user's own writes the answer: what it is given, what is made of its reply, what is kept."""
