"""Room 7c: what was said, durably. The only room that knows SQL; everybody else sees `Session` and `SessionStore`."""
