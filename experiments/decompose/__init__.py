"""The gain of a regime over its national twin, split by lever, and over the strength of one lever."""
