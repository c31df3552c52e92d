"""What people and programs do on the platform: they show who they are, post, review and follow up."""
