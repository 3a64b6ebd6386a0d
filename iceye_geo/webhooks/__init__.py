"""The receiver for ICEYE's callbacks, and `watch`, which merges them with slow polling."""

from __future__ import annotations

from iceye_geo.webhooks.app import Receiver
from iceye_geo.webhooks.gates import BasicGate, OAuth2Gate, OpenGate
from iceye_geo.webhooks.serving import RunningReceiver, serve, start
from iceye_geo.webhooks.store import Callback, CallbackStore
from iceye_geo.webhooks.watch import Change, watch

__all__ = [
    "BasicGate",
    "Callback",
    "CallbackStore",
    "Change",
    "OAuth2Gate",
    "OpenGate",
    "Receiver",
    "RunningReceiver",
    "serve",
    "start",
    "watch",
]
