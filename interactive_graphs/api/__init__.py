"""One module per public namespace: `tf.nn`, `tf.math`, ...; only re-exports."""
