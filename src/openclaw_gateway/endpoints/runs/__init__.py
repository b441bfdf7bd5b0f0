"""Endpoints of runs themselves, whoever started them and over whichever front end."""
