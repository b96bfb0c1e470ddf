"""A WhatsApp server on loopback: TLS, WebSocket, Noise, binary stanzas and Signal.

The genuine core (whatsmeow inside neonize) pairs with it, logs in, sends, receives, meets faults and is
unlinked, without one packet leaving this computer. The README beside this file tells how.
"""
