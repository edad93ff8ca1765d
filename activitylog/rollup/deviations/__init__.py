"""Why an indicator stands away from its promise: when that must be said, and what the records say of it."""
