"""The processes of what programs do: files handed in, webhooks, answers that are kept."""
