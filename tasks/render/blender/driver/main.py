"""Runs inside Blender, started by the Go package that embeds it:

    blender -b --factory-startup --disable-autoexec [scene] -P main.py -- order.json

The order names what to do. Lines for Go begin with the order's mark, which a
scene cannot know, so that no name in a scene can pass for one of them."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def main():
    with open(sys.argv[sys.argv.index("--") + 1]) as f:
        order = json.load(f)

    def say(word, **what):
        sys.stdout.write("\n%s %s %s\n" % (order["mark"], word, json.dumps(what)))
        sys.stdout.flush()

    try:
        __import__(order["do"]).run(order, say)
    except Exception as e:  # whatever it is, Go has to be told in one line
        say("error", text="%s" % e, kind=type(e).__name__)
        os._exit(3)
    # Freeing a large scene properly takes time that helps nobody.
    sys.stdout.flush()
    os._exit(0)


main()
