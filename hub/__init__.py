"""The spine: errors, settings, crypto, landing, and the flow every source goes through."""
