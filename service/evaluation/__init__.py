"""Evaluation: what offline evaluation is given to work on, read from folders."""
