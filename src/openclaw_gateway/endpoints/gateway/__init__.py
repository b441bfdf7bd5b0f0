"""Methods of the Gateway protocol."""
