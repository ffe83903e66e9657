"""Tests. A package, so that no package of the same name in the environment hides its helpers."""
