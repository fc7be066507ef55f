"""What is measured: plain TF1 programs that take the library as their parameter."""
