"""What is known of how good all this is: labelled material, measures, fitted thresholds."""
