"""How a REST service is spoken to: logging in, asking again, paging, and its JSON as rows."""
