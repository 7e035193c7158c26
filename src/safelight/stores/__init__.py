"""Adapters: each implements a port and nothing else."""
