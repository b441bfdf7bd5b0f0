"""Rooms 1 and 9: bytes in and out. The only room that knows the web server; knows nothing about agents or models."""
