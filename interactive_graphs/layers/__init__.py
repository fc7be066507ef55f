"""Layers: functions of tensors that own variables; `tf.layers`.

Read next: `base.py`.
"""
