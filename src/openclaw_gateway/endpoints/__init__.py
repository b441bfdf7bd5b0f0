"""Room 4: one function for each thing that can be asked. Calls routing and runs; knows no socket and no JSON by
hand.
"""
