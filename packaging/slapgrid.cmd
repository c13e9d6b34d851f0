@echo off
rem The command of an installed copy. Its Node and its program are beside it.
"%~dp0node.exe" "%~dp0cli\cli.mjs" %*
