"""The grade a person gives a qualitative indicator, the evidence it rests on, and who confirmed it."""
