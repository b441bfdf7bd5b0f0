"""Room 0: how a person starts and asks the gateway. Commands are thin; what they do is done by the rooms below."""
