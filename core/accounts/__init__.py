"""Accounts: who a person is across platforms, what they may do, and how their accounts become one."""
