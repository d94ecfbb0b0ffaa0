"""Discord: slash commands, menus, buttons and mentions come in; pictures and answers go out over REST."""
