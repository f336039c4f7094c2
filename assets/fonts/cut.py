"""Cuts the app's fonts out of those that make.sh has fetched.

Three things are done to them besides dropping what no text here uses:

* Contextual alternates go: they turn the 9x7 of an address into 9×7.
* All get the line of Inter, since a toolkit that puts runs of two fonts in one
  line aligns their tops.
* The Chinese fonts take from Inter whatever it has, so that a Latin word, an
  amount or an apostrophe looks the same in both languages.
"""

import sys
from fontTools import merge, subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

EM = 2048  # of Inter
ASCENT, DESCENT = 1984, -494

# Characters of today's names that GB 2312 of 1980 lacks.
NAMES = "喆堃镕玥昇珺珅頔垚犇燚赟祎翀旻暐晞晔煊璟瑄翯妤婳囧瞭啰甦烜玮珮琤琬琲璐甯祺禛竑竣筱羿翊芃菡葳蔺谞赟轶钰铄锴闫隽霁霏韡飏骞骐鹍麒黉"


def gb2312():
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                yield ord(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:
                pass


def cut(path, codes, features):
    opt = subset.Options(
        layout_features=features,
        hinting=False,
        glyph_names=False,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        drop_tables=["STAT", "BASE", "vhea", "vmtx", "gasp"],
        recalc_timestamp=False,
    )
    font = subset.load_font(path, opt, dontLoadGlyphNames=True)
    s = subset.Subsetter(opt)
    s.populate(unicodes=codes)
    s.subset(font)
    if font["head"].unitsPerEm != EM:
        scale_upem(font, EM)
    return font


def save(font, path):
    font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = ASCENT, DESCENT, 0
    os2 = font["OS/2"]
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ASCENT, DESCENT, 0
    os2.usWinAscent, os2.usWinDescent = ASCENT, -DESCENT
    font.recalcTimestamp = False
    font.save(path)


def main(src, dst):
    marks = ["ccmp", "locl", "kern", "mark", "mkmk"]
    for weight, name in ((400, "400Regular"), (600, "600SemiBold")):
        path = f"{src}/inter/{name}/Inter_{name}.ttf"
        has = set(TTFont(path).getBestCmap())
        latin = f"{dst}/Inter-{weight}.ttf"
        save(cut(path, has, marks), latin)

        codes = set(gb2312()) | {ord(c) for c in NAMES}
        codes |= set(range(0x3000, 0x3100)) | set(range(0xFF00, 0xFFF0))  # punctuation, kana, full-width forms
        han = f"{src}/han.ttf"
        save(cut(f"{src}/noto-sans-sc/{name}/NotoSansSC_{name}.ttf", codes - has, []), han)
        both = merge.Merger().merge([latin, han])
        both["head"].created = both["head"].modified = TTFont(latin)["head"].modified  # not the present time
        title(both, "Noto Sans SC with Inter", name[3:])
        save(both, f"{dst}/Chinese-{weight}.ttf")

    codes = {*range(0x20, 0x250), *range(0x370, 0x530), *range(0x2000, 0x2C00)}
    save(cut(f"{src}/jetbrains-mono/400Regular/JetBrainsMono_400Regular.ttf", codes, marks), f"{dst}/JetBrainsMono-400.ttf")


def title(font, family, style):
    for id, text in ((1, family), (2, style), (3, f"{family} {style}"), (4, f"{family} {style}"), (6, f"{family.replace(' ', '')}-{style}")):
        font["name"].setName(text, id, 3, 1, 0x409)


main(*sys.argv[1:])
