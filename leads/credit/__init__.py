"""Who made an introduction: attribution by a stated rule, and its proof."""
