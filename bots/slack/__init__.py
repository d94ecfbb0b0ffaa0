"""Slack: commands, mentions, direct messages, modals and the home tab, over Socket Mode or signed HTTP."""
