"""Serverless keep-alive."""
