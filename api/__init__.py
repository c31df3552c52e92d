"""The doors: the command line (``api.cli``) and the HTTP service (``api.http.app``). Both call the same functions of the packages below."""
