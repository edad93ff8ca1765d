"""An OpenID Connect provider: discovery, authorization code with PKCE, and verified ID tokens."""
