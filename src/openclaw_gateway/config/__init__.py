"""The config file as a frozen value: schema, load, secrets, write. The environment is read in `load` alone."""
