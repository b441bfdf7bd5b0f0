"""A small client of the Gateway protocol, for the command line and for programs of users."""
