"""What a program needs beside graphs: log lines, flags, files, its own start.

The public names are those of `tf.logging`, `tf.flags`, `tf.gfile`, `tf.app`. Nothing
here knows a graph. Read next: `tf_logging.py`.
"""
