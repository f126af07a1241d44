"""Pages: what a person sees in a browser. Each is one or two calls of an action, and one template; all work without
scripts."""
