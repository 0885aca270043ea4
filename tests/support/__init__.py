"""What tests share: endpoints, evidence made by hand, a browser, visitors, plain seeds, checks."""
