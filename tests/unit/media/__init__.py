"""Real files: pictures by Pillow, sound and film by a real ffmpeg."""
