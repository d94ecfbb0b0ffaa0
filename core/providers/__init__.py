"""Providers: who makes pictures and answers, behind two small protocols."""
