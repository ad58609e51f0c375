"""Both layers as a model so simple that it can be read as their specification.

It shares no code with them: what both stages of a comparison get wrong alike is seen beside it.
"""
