/**
 * The page's style sheet. Text and its background differ by 4.5 : 1 at least, marks and theirs by 3 : 1 (WCAG 2.2, 1.4.3 and 1.4.11), in
 * light and in dark; a print is light.
 */

const light = `--page:#fff;--panel:#f5f6f8;--ink:#1b1e22;--soft:#525a64;--line:#d3d8de;--strong-line:#7b838d;--link:#0b57a4;
--blue:#2a66ad;--orange:#b45f06;--purple:#7b3fa3;--grey:#616a75;--teal:#147873;--green:#4b7a1c;--red:#b3384e;--pale:#9aa2ac;
--pass:#1d6b31;--warn:#8a5200;--fail:#b3261e;
--hue-0:#cfe0f5;--hue-1:#fde3c4;--hue-2:#cfeee2;--hue-3:#e8d8f4;--hue-4:#f8d5da;--hue-5:#e2ecc4;--hue-6:#d5dbe2;--hue-7:#f7efb8;`;

const dark = `--page:#14171b;--panel:#1d2126;--ink:#e9ecef;--soft:#adb5bf;--line:#383f47;--strong-line:#8b939d;--link:#8fbdf5;
--blue:#6fa8ec;--orange:#f0a04b;--purple:#c598ea;--grey:#a3abb5;--teal:#4fc3ba;--green:#9ccc5f;--red:#f08a9b;--pale:#6d757f;
--pass:#7fd394;--warn:#f2b35e;--fail:#ff9d94;
--hue-0:#1f3d63;--hue-1:#5b3a12;--hue-2:#164a3b;--hue-3:#45295c;--hue-4:#5c2733;--hue-5:#3b4a17;--hue-6:#3a424b;--hue-7:#4f4610;`;

const layout = `
:root{color-scheme:light dark;${light}}
@media screen and (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.skip{position:absolute;left:-999rem;background:var(--page);color:var(--link);padding:.5rem 1rem}
.skip:focus{left:0;top:0;z-index:1}
header,main,footer,nav{max-width:66rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;line-height:1.3;margin:0 0 .75rem}
h3{font-size:1rem;line-height:1.4;margin:0 0 .25rem}
p{margin:0 0 .75rem}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);outline-offset:2px}
code{font:.92em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
.subject{color:var(--soft);margin:0 0 .25rem;overflow-wrap:anywhere}
nav ol{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1rem 0 0;padding:.6rem 0;border-block:1px solid var(--line);font-size:.9rem}
section{padding:1.75rem 0;border-bottom:1px solid var(--line)}
section:last-child{border:0}
footer{padding-bottom:2rem;color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
.lead{font-size:1.15rem;line-height:1.45;max-width:48rem;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:.75rem 2.5rem;margin:0 0 1.25rem}
.facts div{min-width:8rem;max-width:100%}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0;overflow-wrap:anywhere}
.metrics{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,14rem),1fr));gap:1rem;margin:0 0 1rem}
.metric{background:var(--panel);border-radius:6px;padding:.85rem 1rem;font-size:.9rem}
.metric h3{font-size:.85rem;font-weight:600;color:var(--soft)}
.metric p{margin:.25rem 0 0}
.metric p.figure{font-size:1.6rem;line-height:1.2;font-weight:600}
.pass{color:var(--pass)}.warn{color:var(--warn)}.fail{color:var(--fail)}
.evidence,.model{font-size:.9rem;color:var(--soft);max-width:60rem}
.evidence strong,.evidence em{color:var(--ink)}
.note{border-left:4px solid var(--warn);background:var(--panel);padding:.75rem 1rem;border-radius:0 6px 6px 0;font-size:.92rem}
.note ul{margin:0;padding-left:1.1rem}
ul.reasons{padding-left:1.1rem;margin:0;font-size:.92rem}
.reasons li,.note li{margin:.2rem 0;overflow-wrap:anywhere}
`;

const drawings = `
figure{margin:0 0 1.75rem}
figure:last-child{margin-bottom:0}
figcaption p{color:var(--soft);font-size:.92rem;max-width:60rem}
figure>p,.zoom{font-size:.92rem}
.zoom{color:var(--soft);margin:.5rem 0 .25rem}
details{margin:.5rem 0 0;font-size:.92rem}
details.start{margin:0 0 1rem}
summary{cursor:pointer;color:var(--link);width:fit-content}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin:0 0 .75rem;padding:0;font-size:.85rem}
.legend li{display:flex;align-items:center;gap:.4rem}
.definitions{position:absolute}
svg{display:block;overflow:visible}
svg text{font-size:13px;fill:var(--ink);paint-order:stroke;stroke:var(--page);stroke-width:5px;stroke-linejoin:round}
.metric svg text{stroke:var(--panel)}
svg .small{font-size:12px;fill:var(--soft)}
svg .value{fill:var(--soft);font-variant-numeric:tabular-nums}
svg .strong{font-weight:600}
.fluid{max-width:100%}
.swatch{flex:none}
.blue{fill:var(--blue)}.orange{fill:var(--orange)}.purple{fill:var(--purple)}.grey{fill:var(--grey)}.teal{fill:var(--teal)}.green{fill:var(--green)}.red{fill:var(--red)}.pale{fill:var(--page)}
.lines{stroke:var(--page);stroke-width:1.3;fill:none}
.lines .dot{stroke-width:2.6;stroke-linecap:round}
#fill-reserve .lines{stroke:var(--pale)}
.outline{stroke:var(--page);stroke-width:1}
.kept{stroke:var(--pale);stroke-width:1}
.capacity{fill:var(--panel);stroke:var(--strong-line)}
.track{stroke:var(--line);stroke-width:2}
.range{fill:var(--blue);fill-opacity:.35;stroke:var(--blue)}
.mean{stroke:var(--ink);stroke-width:3}
.bound{stroke:var(--fail);stroke-width:2;stroke-dasharray:5 3}
.grid{stroke:var(--line)}
.axis,.step{stroke:var(--strong-line)}
.stair{stroke:var(--strong-line);stroke-width:1.5}
.point{overflow:visible}
.mark{fill:var(--page);stroke:var(--blue);stroke-width:2}
.mark.chosen{fill:var(--orange);stroke:var(--ink)}
.nodes{display:flex;flex-wrap:wrap;gap:.75rem;list-style:none;margin:0;padding:0}
.nodes li{border:1px solid var(--line);border-radius:6px;padding:.35rem .4rem .4rem}
.nodes p{margin:0 0 .2rem;font-size:.78rem;line-height:1.3;color:var(--soft);max-width:9.2rem}
.nodes b{display:block;color:var(--ink)}
.nodes text{font-size:10.5px;font-variant-numeric:tabular-nums;stroke:none}
.gpu{stroke:var(--strong-line)}
.idle{fill:none;stroke-dasharray:3 3}
${Array.from({ length: 8 }, (_, i) => `.hue-${i}{fill:var(--hue-${i})}`).join('')}
.node{fill:none;stroke:var(--line)}
.member{fill:var(--ink);stroke:var(--page)}
.bystander{fill:none;stroke:var(--line)}
.link{stroke:var(--purple);stroke-linecap:butt}
.link.slow{stroke:var(--orange);stroke-dasharray:9 4}
`;

const tables = `
.scroll{overflow-x:auto;margin:0 0 1.25rem}
table{border-collapse:collapse;width:100%;font-size:.88rem;line-height:1.4}
caption{text-align:left;font-weight:600;padding:.25rem 0 .4rem;font-size:.95rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th,td{text-align:left;vertical-align:top;padding:.35rem .9rem .35rem 0;border-top:1px solid var(--line);font-weight:400;overflow-wrap:break-word}
thead th{border:0;color:var(--soft);font-size:.82rem;vertical-align:bottom}
th code,td code{overflow-wrap:normal}
td{min-width:4.5rem}
tr>:last-child{padding-right:0}
.figures{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
`;

const media = `
@media (max-width:34rem){
.wide{display:none}
h1{font-size:1.4rem}
.nodes{gap:.4rem}
svg text{font-size:12px}
th code,td code{overflow-wrap:anywhere}
tbody th{min-width:6.5rem}
td:not(.figures){min-width:11rem}
}
@media print{
@page{margin:14mm 12mm}
body{font-size:10pt}
nav,.skip,details,.offline{display:none}
header,main,footer{max-width:none;padding:0}
section{padding:.6rem 0 .8rem}
h2,h3,figcaption,caption,thead{break-after:avoid}
figure svg,.metric,.nodes li,tr,.facts,.note{break-inside:avoid}
#memory-figure,#time-0-figure,#time-1-figure,#frontier-figure,#links-figure{break-inside:avoid}
thead{display:table-header-group}
.scroll{overflow:visible}
.metrics{grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.5rem}
.metric,.note{border:1px solid var(--line)}
a{color:inherit;text-decoration:none}
}
`;

/** The whole of a report's style. Pages that show one allow it by the hash of these bytes. */
export const styleSheet = `${layout}${drawings}${tables}${media}`.replaceAll(/\n+/g, '\n').trim();
