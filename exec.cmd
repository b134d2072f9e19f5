@rem package.json starts scripts with `exec`, so that on POSIX systems signals to npm reach Node and not a shell.
@rem Windows has no such command and finds this one, which runs the words that follow it.
@%*
