"""One file per transport that brings readings in; `kinds.py` is the table of them."""
