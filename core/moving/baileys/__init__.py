"""Sessions of Baileys, which WAHA NOWEB, Evolution API, OpenWA and CodeChat are built on.

``find_sessions`` looks through an upload, ``convert_folder`` makes a device of what it finds. Pure functions
over bytes: no file, no network, nothing kept between calls. They read strangers' bytes; MoveRefusedError is
the only exception that leaves them.
"""
