"""Whether the server answers and its database is ready, for load balancers and monitoring."""
