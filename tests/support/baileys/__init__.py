"""A genuine Baileys client against the emulator: Node.js, and the packages that `package-lock.json` pins."""
