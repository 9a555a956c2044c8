"""Builds a network in TouchDesigner that draws what Antiphon plays: run it once, from a Text DAT (right-click, Run Script).

It makes a container in the project, called antiphon: an OSC In CHOP for all that is continuous (beat, bar, energy, chroma), an
OSC In DAT for notes with one row each, a ring of circles that flash with the twelve pitch classes, a title with the chord, and
a table with one cell, `prompt`, that says in words what is being played, for whoever paints from words.
Start Antiphon with --osc 127.0.0.1:10000.
"""

PORT = 10000

NOTES = """
def onReceiveOSC(dat, rowIndex, message, bytes, timeStamp, address, args, peer):
    if address == "/antiphon/agent/note" and args[4] == 1:
        flashes = op("flashes")
        flashes[int(args[1]) % 12, 0] = args[2]
    elif address == "/antiphon/text/chord":
        op("title").par.text = args[0]
    elif address == "/antiphon/text/prompt":
        op("prompt")[0, 0] = args[0]
    return
"""

FADE = """
def onFrameStart(frame):
    flashes = op("flashes")
    for row in range(12):
        flashes[row, 0] = float(flashes[row, 0]) * 0.9
    return
"""


def build(root):
    """Everything inside one container, which may be deleted and built again."""
    if root.op("antiphon"):
        root.op("antiphon").destroy()
    box = root.create(baseCOMP, "antiphon")

    values = box.create(oscinCHOP, "values")
    values.par.port = PORT
    values.par.addrprefix = ""

    notes = box.create(oscinDAT, "notes")
    notes.par.port = PORT
    calls = box.create(textDAT, "on_note")
    calls.text = NOTES
    notes.par.callbacks = calls

    flashes = box.create(tableDAT, "flashes")
    flashes.setSize(12, 1)
    for row in range(12):
        flashes[row, 0] = 0
    fade = box.create(executeDAT, "fade")
    fade.text = FADE
    fade.par.framestart = True
    fade.par.active = True

    prompt = box.create(tableDAT, "prompt")
    prompt.setSize(1, 1)

    circles = []
    for row in range(12):
        circle = box.create(circleTOP, "class_%d" % row)
        circle.par.radiusx.expr = "0.03 + 0.12 * float(op('flashes')[%d, 0])" % row
        circle.par.radiusy.expr = circle.par.radiusx.expr
        circle.par.centerx.expr = "0.3 * math.cos(%d * math.pi / 6)" % row
        circle.par.centery.expr = "0.3 * math.sin(%d * math.pi / 6)" % row
        circle.par.fillcolorr, circle.par.fillcolorg, circle.par.fillcolorb = 1, 0.5 + row / 24.0, row / 12.0
        circles.append(circle)

    title = box.create(textTOP, "title")
    title.par.text = "Antiphon"

    picture = box.create(compositeTOP, "picture")
    picture.par.operand = "add"
    for place, source in enumerate([*circles, title]):
        picture.inputConnectors[place].connect(source)
    picture.viewer = True
    return box


build(op("/project1"))
