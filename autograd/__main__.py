"""``python -m autograd "log(x1)" x1=2``: see `terminal.main`. Nothing imports this file."""

import sys

from .terminal.main import main

sys.exit(main())
