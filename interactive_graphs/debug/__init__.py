"""What watches, stops and changes running sessions; no notebook is needed.

Read next: `attach.py`.
"""
