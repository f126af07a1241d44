"""Measurements. Nothing here is needed to run or to test the service."""
