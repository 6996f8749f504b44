"""The inks of a drawing and its patterns; the names are those of the page's tokens.

Every colour is a token with its light value behind it, so that a saved file stands alone. The
dark values count only on a screen and only where the drawing is the whole document: on a page
the page's own tokens rule, and print is always light.
"""

_DARK = {
    "paper": "#131618",
    "surface": "#1C2023",
    "ink": "#EEEBE5",
    "ink2": "#BFC2C3",
    "ink3": "#9CA1A4",
    "edge": "#7F868B",
    "skin": "#2C2E2F",
    "skin-hi": "#3B3D3D",
    "skin-lo": "#141617",
    "draw": "#B3A89C",
    "tension": "#EE9273",
    "glass": "#7CCBC8",
    "avoid": "#FF9F98",
}

RULES = (
    ".vb{display:block;width:100%;height:auto}"
    "svg.vb:root{color-scheme:light dark;background:var(--surface,#FFFFFF);height:100%}"
    ".vb text{font-family:var(--sans,system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',"
    "sans-serif);fill:var(--ink,#1C2023)}"
    ".vb-skin{fill:var(--skin,#EFE8DE)}"
    ".vb-out{fill:none;stroke:var(--draw,#54473D);stroke-width:2.3;stroke-linecap:round;"
    "stroke-linejoin:round}"
    ".vb-fine{fill:none;stroke:var(--draw,#54473D);stroke-width:1.7;stroke-linecap:round}"
    ".vb-lo{fill:none;stroke:var(--skin-lo,#B49F8B);stroke-linecap:round;"
    "opacity:var(--shade,1)}"
    ".vb-hi{fill:none;stroke:var(--skin-hi,#FAF6EF);stroke-linecap:round;"
    "opacity:var(--shade,1)}"
    ".vb-dot{fill:var(--draw,#54473D)}"
    ".vb .vb-lv{fill:var(--ink3,#62676B);font-size:12.5px;text-anchor:end}"
    ".vb .vb-lvs{fill:var(--ink,#1C2023);font-weight:600}"
    ".vb-lead{stroke:var(--draw,#54473D);stroke-opacity:.45;stroke-width:1;"
    "stroke-dasharray:1.5 4;fill:none}"
    ".vb-tick{stroke:var(--edge,#83807A);stroke-width:1.2}"
    ".vb .vb-side{font-size:15px;font-weight:600;fill:var(--ink2,#464C51)}"
    ".vb .vb-end{text-anchor:end}"
    ".vb-felt{opacity:.85}"
    ".vb-line{stroke:var(--tension,#AD4A2E);fill:none}"
    ".vb-cross{stroke:var(--avoid,#A5161F);fill:none;stroke-width:1}"
    ".vb-tender{fill:var(--surface,#FFFFFF);stroke:var(--tension,#AD4A2E);stroke-width:1.8}"
    ".vb .vb-tendern{font-size:13px;font-weight:650;text-anchor:middle;"
    "fill:var(--tension,#AD4A2E)}"
    ".vb-closed{stroke:var(--avoid,#A5161F);stroke-width:2}"
    ".vb-closed.waits{stroke-dasharray:6 5}"
    ".vb .vb-zone{font-size:16px;font-weight:600;text-anchor:middle;"
    "fill:var(--avoid,#A5161F);paint-order:stroke;stroke:var(--skin,#EFE8DE);stroke-width:5px;"
    "stroke-linejoin:round}"
    ".vb-pane{stop-color:var(--surface,#FFFFFF)}"
    ".vb-tint{stop-color:var(--glass,#0F5A60)}"
    ".vb-wall{fill:none;stroke:var(--glass,#0F5A60)}"
    ".vb-gleam{fill:none;stroke:var(--surface,#FFFFFF);stroke-opacity:.55;stroke-width:1}"
    ".vb-shine{fill:none;stroke:var(--surface,#FFFFFF);stroke-width:3;stroke-linecap:round}"
    ".vb .vb-cupn{font-weight:650;text-anchor:middle;paint-order:stroke;"
    "stroke:var(--surface,#FFFFFF);stroke-width:5px;stroke-linejoin:round}"
    ".vb-way{fill:none;stroke:var(--glass,#0F5A60);stroke-width:3;stroke-linecap:round;"
    "stroke-linejoin:round}"
    ".vb-reach{fill:none;stroke:var(--glass,#0F5A60);stroke-width:1.5;stroke-dasharray:5 4}"
    ".vm-field{fill:var(--surface,#FFFFFF);fill-opacity:.34;stroke:var(--draw,#54473D);"
    "stroke-opacity:.22;stroke-width:.7}"
    ".vm-felt{stroke:none}.vm-felt[fill^=url]{stroke:var(--tension,#AD4A2E);stroke-opacity:.7}"
    ".vm-band.on .vm-felt{stroke:var(--ink,#1C2023);stroke-opacity:1;stroke-width:2.4}"
    ".vm-band{cursor:pointer;outline:none;text-decoration:none}"
    ".vm-band:focus-visible .vm-field{stroke:var(--focus,#1B55C8);stroke-opacity:1;"
    "stroke-width:3}"
    ".vm .vm-n{font-size:16px;font-weight:650;text-anchor:middle;paint-order:stroke;"
    "stroke:var(--skin,#EFE8DE);stroke-width:6px;stroke-linejoin:round}"
    ".vm .vm-t{font-size:11px;font-weight:650;text-anchor:middle;fill:var(--tension,#AD4A2E)}"
    ".vm .vm-side{font-size:10.5px;font-weight:650;text-anchor:middle;paint-order:stroke;"
    "stroke:var(--skin,#EFE8DE);stroke-width:4px;stroke-linejoin:round}"
    ".vm .vm-level{font-size:10px;font-weight:600;text-anchor:middle;fill:var(--ink2,#464C51);"
    "paint-order:stroke;stroke:var(--skin,#EFE8DE);stroke-width:4px;stroke-linejoin:round}"
    ".vm .vm-level.on{fill:var(--ink,#1C2023);font-weight:650;font-size:11.5px}"
    ".vm-where{fill:var(--draw,#54473D);fill-opacity:.5}"
    ".vm-where rect{fill:var(--accent,#0F5A60);fill-opacity:.18;stroke:var(--accent,#0F5A60);"
    "stroke-width:16}"
    "@media screen and (prefers-color-scheme:dark){svg.vb:root{--shade:.6;"
    + "".join(f"--{name}:{value};" for name, value in _DARK.items())
    + "}}"
)
"""The rules of every drawing as a style sheet: a page that allows no style inside serves them."""

STYLE = f"<style>{RULES}</style>"
"""The same rules inside a drawing, which then stands alone."""

DEFS = (
    "<defs>"
    '<path id="{p}-body" d="{body}"/><path id="{p}-trunk" d="{trunk}"/>'
    '<clipPath id="{p}-body-clip"><use href="#{p}-body"/>'
    '<use href="#{p}-body" transform="scale(-1 1)"/></clipPath>'
    '<clipPath id="{p}-trunk-clip"><use href="#{p}-trunk"/>'
    '<use href="#{p}-trunk" transform="scale(-1 1)"/></clipPath>'
    '<filter id="{p}-soft" x="-30%" y="-10%" width="160%" height="120%">'
    '<feGaussianBlur stdDeviation="11"/></filter>'
    '<filter id="{p}-softer" x="-30%" y="-10%" width="160%" height="120%">'
    '<feGaussianBlur stdDeviation="14"/></filter>'
    '<linearGradient id="{p}-ends" x1="0" x2="0" y1="{top}" y2="{bottom}" '
    'gradientUnits="userSpaceOnUse"><stop offset="0" stop-color="#000"/>'
    '<stop offset=".09" stop-color="#fff"/><stop offset=".9" stop-color="#fff"/>'
    '<stop offset="1" stop-color="#000"/></linearGradient>'
    '<linearGradient id="{p}-arms" x1="0" x2="0" y1="{fade_from}" y2="{fade_to}" '
    'gradientUnits="userSpaceOnUse"><stop offset="0" stop-color="#000" stop-opacity="0"/>'
    '<stop offset="1" stop-color="#000"/></linearGradient>'
    '<mask id="{p}-fade" maskUnits="userSpaceOnUse" x="{left}" y="{top}" width="{width}" '
    'height="{height}"><rect x="{left}" y="{top}" width="{width}" height="{height}" '
    'fill="url(#{p}-ends)"/><path d="{arm_fade}" fill="url(#{p}-arms)"/>'
    '<path transform="scale(-1 1)" d="{arm_fade}" fill="url(#{p}-arms)"/></mask>'
    '<radialGradient id="{p}-glass" cx=".38" cy=".32" r=".8">'
    '<stop class="vb-pane" offset="0" stop-opacity=".6"/>'
    '<stop class="vb-pane" offset=".6" stop-opacity=".22"/>'
    '<stop class="vb-tint" offset="1" stop-opacity=".22"/></radialGradient>'
    '<pattern id="{p}-tension-1" width="9" height="9" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="vb-line" d="M0 4.5H9" stroke-width="1.5"/>'
    "</pattern>"
    '<pattern id="{p}-tension-2" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="vb-line" d="M0 3H6" stroke-width="1.6"/></pattern>'
    '<pattern id="{p}-tension-3" width="4" height="4" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="vb-line" d="M0 2H4" stroke-width="1.9"/></pattern>'
    '<pattern id="{p}-closed" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="vb-cross" d="M0 3.5H7M3.5 0V7"/></pattern>'
    '<pattern id="{p}-closed-wide" width="15" height="15" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="vb-cross" d="M0 7.5H15M7.5 0V15"/></pattern>'
    "</defs>"
)
"""Clips, masks, gradients and patterns; ``p`` is the prefix of the ids."""
