"""The web app: media and health now, payment and platform webhooks, admin API and dashboard with their work."""
