"""From a question with its evidence to an answer whose every sentence is cited."""
