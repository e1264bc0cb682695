"""What the app asks Slack for: scopes, each with its reason, and events. The manifest and `check` come from here."""

BOT_SCOPES = {
    "commands": "to answer /collab",
    "chat:write": "to post prompts, agendas and handoffs, and to write to people",
    "users:read": "to know names and time zones, and who is a bot or has left",
    "channels:read": "to know who is in a public channel",
    "groups:read": "to know who is in a private channel that Collab was invited to",
    "im:write": "to open a direct message with a member",
    "files:write": "to give people a file with everything that is kept about them, when they ask for it",
}
"""Without these the bot does not work. Only what is used is asked for."""

OPTIONAL_SCOPES = {
    "channels:history": "to find its own post again after Slack left open whether it took it",
    "groups:history": "the same in private channels",
}
"""Better with, complete without: whoever installs the app may leave them out."""

EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "tokens_revoked",
    "user_change",
)
