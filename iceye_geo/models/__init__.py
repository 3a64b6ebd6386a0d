"""Pydantic models of what goes over the wire, one file per ICEYE API. Tolerant readers, strict writers."""
