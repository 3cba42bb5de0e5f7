"""What goes over the wire, one module for each module of routes; loaded with the first request that needs it.

The surprise: these models and the views' signatures are the OpenAPI document; there is no other description.
"""
