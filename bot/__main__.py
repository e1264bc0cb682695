"""`python -m bot`: the command line, loaded in one go."""

import gc

gc.disable()  # whatever is loaded stays: to look through it again and again takes a sixth of the start

from bot.cli import cli  # noqa: E402 - as the line above says

gc.freeze()  # nor need it be looked through while somebody waits for an acknowledgement
gc.enable()

if __name__ == "__main__":
    cli()
