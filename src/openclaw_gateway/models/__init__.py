"""Room 7b: asking a model. Knows providers' wire forms and the HTTP client; knows no session, no run, no caller."""
