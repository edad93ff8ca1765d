"""The pages of an indicator's monthly plan and of its adjusted target."""
