"""The drawing model: measured text, shapes, colours, and writers for SVG and for PNG and PDF.

    text        run, script: letters of one look;  extent(line): their size;  set_line, set_lines: text at its place
    shapes      Rectangle, Ellipse, Path, Text, Group: frozen;  Picture: all of them, with a size and a theme
    theme       the colours by name, light and dark
    svg         svg(picture);  elements(shapes, look) for a page that has its own style sheet
    printed     printed(picture, "png" or "pdf")

A view makes a `Picture`, and hands `visualize.picture.picture.Drawing` a function that returns it.
"""
