"""The grade a person gives a qualitative indicator, its evidence, and who confirmed it."""
