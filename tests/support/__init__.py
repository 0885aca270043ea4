"""What tests share: scripted endpoints, a browser, visitors, the seeds read plainly, checks."""
