"""The data sets of `tf.keras.datasets`, from files in `~/.keras/datasets`."""
