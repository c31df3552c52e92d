"""Routes of notices: saved searches, following, feeds, the links that end them, the hand-over of a board."""
