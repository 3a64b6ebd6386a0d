"""The sandbox's Pixxel side, under the prefix ``/pixxel``: catalog, stores, deliveries, downloads."""

from iceye_geo.sandbox.pixxel.options import API_KEY, PixxelSide

__all__ = ["API_KEY", "PixxelSide"]
