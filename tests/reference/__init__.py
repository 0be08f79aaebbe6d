"""A second, independent reading of the contract's rules in plain Python, and worlds to try it on.

Nothing here imports the loader, the demo or the models: what the project does is compared with what
this package expects. `world` describes inputs, `oracle.expect` says what must happen.
"""
