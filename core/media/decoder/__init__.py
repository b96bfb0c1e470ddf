"""The child process that decodes pictures: the only code of ours that imports Pillow.

It runs under limits of the kernel and may die of any picture. Nothing of ours imports it:
``core.media.untrusted`` starts it and asks it.
"""
