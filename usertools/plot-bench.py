#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
"""Draw what objpool-bench measured, from its CSV, with gnuplot.

Makes a picture of each pattern and one of all of them, overview, as SVG and PNG.
A pattern's picture has a panel for each set of parameters: a bar is a median, the
thin line on it the middle half of the samples. Names stand at the left instead of
in a legend: with two dozen contestants no reader matches colours. The overview is
a table of ratios, coloured: how many times as long as objpool's best inline form
everybody takes. A contestant has the same colour in each picture: objpool is
orange, DPDK's drivers have a hue each, which pales with the size of the cache.

All text and all places are computed here, in pixels, and gnuplot draws them; so
nothing overlaps, however many contestants and parameters there are.
"""

import argparse
import collections
import csv
import math
import os
import re
import subprocess
import sys

Row = collections.namedtuple(
    "Row", "pattern description unit n kept lcores threads contestant group "
    "median q1 q3 trusted")
Machine = collections.namedtuple("Machine", "date cpu lcores objpool dpdk")
PARAMETERS = ("n", "kept", "lcores", "threads")
MACHINE_COLUMNS = ("date", "cpu", "cpus", "objpool", "dpdk")

GROUPS = ("objpool", "reference", "mempool")
OBJPOOL_INK = "#b34700"
INK = "#333333"
FAINT = "#8a8a8a"
BAND = "#fff1e3"

# Whose name begins so has this colour; its cache makes it paler.
HUES = (
    ("objpool", (0xE6, 0x6A, 0x00)),
    ("ring_mp_mc", (0x1F, 0x5A, 0xA6)),
    ("ring_mt_rts", (0x2A, 0x8F, 0xBD)),
    ("ring_mt_hts", (0x1B, 0x9E, 0x96)),
    ("lf_stack", (0x8A, 0x9A, 0x2B)),
    ("stack", (0x3C, 0x8D, 0x40)),
    ("bucket", (0x8C, 0x6B, 0x4A)),
    ("kernel", (0x8E, 0x4F, 0xA8)),
)
GREY = (0x70, 0x70, 0x70)
SCALES = {"svg": 1.0, "png": 1.6}


class Bad(Exception):
    """What is wrong with the input or the tools, in one line."""


# --- reading

def number(text, column, kind=float):
    try:
        value = kind(text)
    except (TypeError, ValueError):
        raise Bad("column %s has '%s', which is no number" % (column, text))
    if not math.isfinite(value) or value < 0:
        raise Bad("column %s has '%s'" % (column, text))
    return value


def row_of(record):
    fields = {}
    for name in Row._fields:
        text = record.get(name)
        if text is None:
            raise Bad("there is no column %s; is it objpool-bench's?" % name)
        if name in PARAMETERS:
            fields[name] = number(text, name, int)
        elif name in ("median", "q1", "q3"):
            fields[name] = number(text, name)
        else:
            fields[name] = text
    fields["trusted"] = fields["trusted"] != "no"
    return Row(**fields)


def read(path):
    """The rows of a CSV, and where they were measured."""
    rows, machine = [], None
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        try:
            for record in reader:
                rows.append(row_of(record))
                machine = machine or Machine(
                    *(record.get(name) or "?" for name in MACHINE_COLUMNS))
        except Bad as bad:
            raise Bad("line %d: %s" % (reader.line_num, bad)) from None
        except (csv.Error, UnicodeDecodeError) as error:
            raise Bad("line %d: %s" % (reader.line_num + 1, error)) from None
    if not rows:
        raise Bad("no measurement in it")
    return rows, machine


def unique(values):
    return list(dict.fromkeys(values))


def rank(row):
    group = GROUPS.index(row.group) if row.group in GROUPS else len(GROUPS)
    return group


def contestants(rows):
    """Names in the order of the groups, and in that of the file within one."""
    return unique(row.contestant for row in sorted(rows, key=rank))


# --- how things look

def rgb(colour):
    return "#%02x%02x%02x" % tuple(round(c) for c in colour)


def mix(colour, other, share):
    return tuple(a + (b - a) * share for a, b in zip(colour, other))


def colour_of(contestant):
    hue = next((hue for name, hue in HUES if contestant.startswith(name)), GREY)
    cache = re.search(r"(\d+)$", contestant)
    size = int(cache.group(1)) if cache else 0
    return rgb(mix(hue, (255, 255, 255),
                   0.0 if size == 0 else 0.3 if size <= 256 else 0.55))


def figure(value):
    """A number in four characters or so."""
    if value >= 1e7:
        return "%.0fM" % (value / 1e6)
    if value >= 1e5:
        return "%.0fk" % (value / 1e3)
    if value >= 100 or value == int(value):
        return "%.0f" % value
    return "%.1f" % value if value >= 10 else "%.2f" % value


def figure_of(row):
    if row.unit != "bytes":
        return figure(row.median)
    if row.median >= 1 << 20:
        return "%.3gM" % (row.median / (1 << 20))
    return "%.0fK" % (row.median / 1024)


def quoted(text):
    return '"%s"' % re.sub(r'[\\"`]', r"\\\g<0>", text)


def case(row, names):
    """The parameters, for people: those that apply."""
    return ", ".join("%s %d" % (name, getattr(row, name))
                     for name in names if getattr(row, name) > 0)


def varying(rows):
    """The parameters that distinguish the rows of a pattern."""
    return [name for name in PARAMETERS
            if len({getattr(row, name) for row in rows}) > 1]


class Picture:
    """A canvas in pixels from its upper left corner, and gnuplot's script."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.lines = ["set multiplot", "unset key", "unset tics", "unset border",
                      "set style fill solid noborder"]

    def at(self, x, y):
        return "screen %.5f,%.5f" % (x / self.width, 1 - y / self.height)

    def text(self, x, y, text, align="left", size=10, ink=INK, rotate=0):
        self.lines.append(
            "set label %s at %s %s font ',%g' tc rgb '%s' rotate by %d front"
            " noenhanced" %
            (quoted(text), self.at(x, y), align, size, ink, rotate))

    def box(self, x, y, width, height, fill):
        self.lines.append(
            "set object rectangle from %s to %s fc rgb '%s' fs solid noborder behind" %
            (self.at(x, y), self.at(x + width, y + height), fill))

    def flush(self):
        """Draw the texts and boxes so far, in a plot that covers all."""
        self.lines += [
            "set lmargin at screen 0", "set rmargin at screen 1",
            "set bmargin at screen 0", "set tmargin at screen 1",
            "set xrange [0:1]", "set yrange [0:1]", "plot NaN",
            "unset label", "unset object"]

    def area(self, x, y, width, height):
        """Where the next plot goes."""
        self.lines += [
            "set lmargin at screen %.5f" % (x / self.width),
            "set rmargin at screen %.5f" % ((x + width) / self.width),
            "set tmargin at screen %.5f" % (1 - y / self.height),
            "set bmargin at screen %.5f" % (1 - (y + height) / self.height)]

    def heading(self, title, subtitle, machine):
        self.text(20, 26, title, size=16)
        self.text(20, 50, subtitle, size=10, ink=FAINT)
        self.text(self.width - 20, self.height - 12,
                  "%s, %s CPUs, objpool %s, %s, %s" %
                  (machine.cpu, machine.lcores, machine.objpool, machine.dpdk,
                   machine.date), "right", 8, FAINT)

    def save(self, path, kind):
        scale = SCALES[kind]
        terminal = "svg" if kind == "svg" else "pngcairo"
        head = ["set terminal %s enhanced size %d,%d font 'sans-serif,10' "
                "background rgb 'white'" %
                (terminal, self.width * scale, self.height * scale)]
        if kind == "png":
            head[0] += " fontscale %g linewidth %g" % (scale * 0.8, scale)
        head.append("set output %s" % quoted(path))
        run_gnuplot("\n".join(head + self.lines + ["unset multiplot"]) + "\n")


def run_gnuplot(script):
    try:
        run = subprocess.run(["gnuplot"], input=script, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        raise Bad("there is no gnuplot; Debian has it in gnuplot-nox") from None
    if run.returncode != 0 or run.stdout.strip():
        said = [line.strip() for line in run.stdout.splitlines()
                if line.strip(" ^")]
        raise Bad("gnuplot fails: %s" % (said[-1] if said else run.returncode))


# --- one pattern

LINE, PANEL, GAP, NAMES, TOP = 17, 214, 16, 160, 110


def spread_of(rows):
    """How many times the least the most is, of bars in one panel."""
    least = min(row.median for row in rows)
    return max(row.median for row in rows) / least if least > 0 else 1


def scale_of(rows, logarithmic):
    """Where bars begin, and where the panel ends: behind the longest's figure."""
    most = max(row.q3 for row in rows)
    if not logarithmic:
        return 0, most * 1.3 or 1
    least = min(row.median for row in rows)
    return least / 2, most * (2 * most / least) ** 0.3


def panel(picture, rows, names, x, y, width, logarithmic):
    low, high = scale_of(rows, logarithmic)
    best = min(row.median for row in rows)
    picture.area(x, y, width, LINE * len(names))
    picture.lines += [
        "set logscale x" if logarithmic else "unset logscale x",
        "set xrange [%g:%g]" % (low, high),
        "set yrange [%g:%g]" % (len(names) - 0.5, -0.5), "$bars << EOD"]
    for row in rows:
        label = figure_of(row) + ("" if row.trusted else " ?")
        if row.median == best:
            label = "{/:Bold %s}" % label
        picture.lines.append("%g %d %g %g %d %s" % (
            row.median, names.index(row.contestant), max(row.q1, low),
            min(row.q3, high), int(colour_of(row.contestant)[1:], 16),
            quoted(label)))
    picture.lines += [
        "EOD",
        "plot $bars using 1:2:(%g):1:($2-0.36):($2+0.36):5 with boxxyerror"
        " lc rgb variable, $bars using 3:2:($4-$3):(0) with vectors nohead"
        " lc rgb '%s' lw 0.7, $bars using ($4>$1?$4:$1):2:6 with labels left"
        " offset 0.4,0 font ',8' tc rgb '%s'" % (low, INK, INK)]


def grid(rows):
    """Panels: in a line all n, or all threads; a line for each of the rest."""
    across = next((name for name in varying(rows)), "n")
    lines = collections.OrderedDict()
    for row in rows:
        rest = tuple(getattr(row, name) for name in PARAMETERS
                     if name != across)
        lines.setdefault(rest, collections.OrderedDict()).setdefault(
            getattr(row, across), []).append(row)
    return [list(line.values()) for line in lines.values()]


def draw_names(picture, rows, y, line, band=0):
    """The contestants at the left of lines so high, ours on a band so wide."""
    ours = {row.contestant for row in rows if row.group == "objpool"}
    for i, name in enumerate(contestants(rows)):
        if name in ours and band > 0:
            picture.box(20, y + i * line, band, line, BAND)
        picture.text(NAMES + 14, y + (i + 0.5) * line, name, "right", 9,
                     OBJPOOL_INK if name in ours else INK)


def fixed(rows):
    """The parameters that all rows of a pattern share."""
    return [name for name in PARAMETERS if name not in varying(rows)]


def draw_pattern(rows, machine):
    lines = grid(rows)
    cells = [cell for line in lines for cell in line]
    logarithmic = (max(map(spread_of, cells)) > 12 and
                   all(row.median > 0 for row in rows))
    names = contestants(rows)
    columns = max(len(line) for line in lines)
    width = max(PANEL, 700 // columns)
    height = LINE * len(names) + 44
    picture = Picture(max(NAMES + 40 + columns * (width + GAP), 920),
                      TOP + len(lines) * height + 12)
    shared = case(rows[0], fixed(rows))
    picture.heading(rows[0].pattern, rows[0].description +
                    (" (%s)" % shared if shared else ""), machine)
    picture.text(20, 70, "%s, less is better%s" % (
        rows[0].unit + (" (K: 1024)" if rows[0].unit == "bytes" else ""),
        "; logarithmic" if logarithmic else ""), ink=FAINT, size=10)
    picture.text(20, picture.height - 12, "Bars: medians; thin line: the middle "
                 "half of the samples; bold: the least; ?: not to be trusted",
                 ink=FAINT, size=8)
    for i, line in enumerate(lines):
        draw_names(picture, rows, TOP + i * height, LINE, picture.width - 40)
        for k, cell in enumerate(line):
            picture.text(NAMES + 24 + k * (width + GAP), TOP + i * height - 10,
                         case(cell[0], varying(rows)))
    picture.flush()
    for i, line in enumerate(lines):
        for k, cell in enumerate(line):
            panel(picture, cell, names, NAMES + 24 + k * (width + GAP),
                  TOP + i * height, width, logarithmic)
    return picture


# --- all patterns

CELL_W, CELL_H, SPLIT, HEADS = 46, 22, 10, 76
WINS, LOSES = (0x12, 0x5C, 0xA0), (0xC4, 0x3C, 0x22)
EVEN = (0xF4, 0xF2, 0xEC)


def is_time(row):
    return row.unit.startswith("cycles")


def objpools_best(rows):
    """The row that the others are compared with: inline, if there is one."""
    ours = [row for row in rows if row.group == "objpool"]
    inline = [row for row in ours
              if row.contestant.startswith("objpool/inline")]
    return min(inline or ours, key=lambda row: row.median, default=None)


def shade(peer, ours):
    """Blue as far as the peer takes longer, red as far as it takes less."""
    if peer == ours:
        return EVEN
    powers = math.log2(peer / ours) if peer > 0 and ours > 0 else \
        math.copysign(math.inf, peer - ours)
    depth = min(abs(powers) / 3, 1)
    return mix(EVEN, WINS if powers > 0 else LOSES, depth)


def legible_on(colour):
    return "white" if 2 * colour[0] + 5 * colour[1] + colour[2] < 1180 else INK


def cells_of(rows):
    """Columns of the overview: the rows of a pattern with equal parameters."""
    cells = collections.OrderedDict()
    for row in rows:
        key = (row.pattern, row.n, row.kept, row.lcores, row.threads, row.unit)
        cells.setdefault(key, []).append(row)
    return [cell for cell in cells.values() if objpools_best(cell)]


def draw_cell(picture, x, y, row, ours):
    fill = shade(row.median, ours.median)
    picture.box(x + 0.5, y + 0.5, CELL_W - 1, CELL_H - 1, rgb(fill))
    if is_time(row) and ours.median > 0:
        text = figure(row.median / ours.median)
    else:
        text = figure_of(row)
    if not (row.trusted and ours.trusted):
        text += "?"
    picture.text(x + CELL_W / 2, y + CELL_H / 2, text, "center", 8.5,
                 legible_on(fill))


def draw_scale(picture, x, y):
    picture.text(x, y + 9, "objpool is behind", size=9, ink=FAINT)
    x += 116
    for i, powers in enumerate((-3, -2, -1, 0, 1, 2, 3)):
        fill = shade(2.0 ** powers, 1.0)
        picture.box(x + i * CELL_W, y, CELL_W - 1, 18, rgb(fill))
        picture.text(x + (i + 0.5) * CELL_W, y + 9, "%g" % 2.0 ** powers,
                     "center", 8, legible_on(fill))
    picture.text(x + 7 * CELL_W + 8, y + 9, "objpool is ahead", size=9,
                 ink=FAINT)


def note_of(row, rows):
    """What is written above a column."""
    alike = [other for other in rows if other.pattern == row.pattern]
    note = case(row, varying(alike))
    return note if is_time(row) else (note + ", " if note else "") + row.unit


def draw_head(picture, x, y, pattern, width):
    """The name of a pattern above its columns, aslant if they are few."""
    picture.box(x, y + 2, width, 1, FAINT)
    if len(pattern) * 7 < width:
        picture.text(x + 1, y - 10, pattern)
    else:
        picture.text(x + width / 2 - 8, y - 6, pattern, "left", 10, INK, 35)


def draw_overview(rows, machine):
    names, cells = contestants(rows), cells_of(rows)
    if not cells:
        return None
    patterns = unique(cell[0].pattern for cell in cells)
    left = NAMES + 24
    width = left + len(cells) * CELL_W + len(patterns) * SPLIT + 90
    tall = 5 * max(len(note_of(cell[0], rows)) for cell in cells)
    top = 76 + HEADS + tall
    picture = Picture(max(width, 760), top + len(names) * CELL_H + 70)
    picture.heading(
        "Who wins where",
        "how many times as long as objpool's best inline form the others take; "
        "plain numbers where a column counts objects or bytes", machine)
    draw_names(picture, rows, top, CELL_H)
    x, last = left, None
    for cell in cells:
        row, pattern = cell[0], cell[0].pattern
        if pattern != last:
            x += SPLIT if last else 0
            columns = sum(other[0].pattern == pattern for other in cells)
            draw_head(picture, x, top - tall - 12, pattern, columns * CELL_W)
        last = pattern
        picture.text(x + CELL_W / 2, top - 6, note_of(row, rows), "left", 8,
                     FAINT, 90)
        ours = objpools_best(cell)
        for row in cell:
            draw_cell(picture, x, top + names.index(row.contestant) * CELL_H,
                      row, ours)
        x += CELL_W
    draw_scale(picture, left, top + len(names) * CELL_H + 14)
    picture.flush()
    return picture


# --- the command

def draw_all(rows, machine, directory, kinds):
    pictures = {}
    for pattern in unique(row.pattern for row in rows):
        pictures[re.sub(r"\W", "-", pattern)] = draw_pattern(
            [row for row in rows if row.pattern == pattern], machine)
    overview = draw_overview(rows, machine)
    if overview:
        pictures["overview"] = overview
    os.makedirs(directory, exist_ok=True)
    for name, picture in pictures.items():
        for kind in kinds:
            path = os.path.join(directory, "%s.%s" % (name, kind))
            picture.save(path, kind)
            print(path)


def main():
    parser = argparse.ArgumentParser(
        description="Draw what objpool-bench --csv=FILE measured.")
    parser.add_argument("csv", help="what objpool-bench wrote")
    parser.add_argument("directory", help="where the pictures go")
    parser.add_argument("--format", choices=("svg", "png"), action="append",
                        help="only this one")
    args = parser.parse_args()
    try:
        rows, machine = read(args.csv)
        draw_all(rows, machine, args.directory,
                 unique(args.format or ("svg", "png")))
    except Bad as bad:
        sys.exit("plot-bench.py: %s: %s" % (args.csv, bad))
    except OSError as error:
        sys.exit("plot-bench.py: %s: %s" % (error.filename, error.strerror))


if __name__ == "__main__":
    main()
