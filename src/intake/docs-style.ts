/** The look of /docs. No script, no font, no picture: everything is in the page. */
export const docsStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fdfdfc, #14171c);
  --panel: light-dark(#f4f4f1, #1c2027);
  --line: light-dark(#dedcd5, #313743);
  --ink: light-dark(#1d2127, #e3e6ea);
  --faint: light-dark(#5c6470, #9aa4b1);
  --link: light-dark(#0b5cad, #7fb8f5);
  --get: light-dark(#14663b, #6fd19b);
  --post: light-dark(#0b5cad, #7fb8f5);
  --patch: light-dark(#84500a, #e6b566);
  --delete: light-dark(#a12622, #f28b82);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
a { color: var(--link); text-underline-offset: 2px }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px }
code, pre { font-family: var(--mono); font-size: .86em }
code { background: var(--panel); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; line-height: 1.45 }
pre code { background: none; padding: 0; font-size: 1em; overflow-wrap: normal }
.layout { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 76rem; margin: 0 auto }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 1.6rem 1rem; border-right: 1px solid var(--line); font-size: .88rem }
nav ul { list-style: none; margin: .2rem 0 1.1rem; padding: 0 }
nav li a { display: block; padding: .2rem .4rem; border-radius: 5px; color: var(--ink); text-decoration: none }
nav li a:hover { background: var(--panel) }
nav strong { color: var(--faint); font-size: .78rem; font-weight: 600; letter-spacing: .04em; padding-left: .4rem; text-transform: uppercase }
main { padding: 1.6rem 2.2rem 6rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: .2rem 0 .6rem; letter-spacing: -.01em }
h2 { font-size: 1.35rem; margin: 3rem 0 .4rem; padding-top: 1.2rem; border-top: 1px solid var(--line) }
h3 { font-size: 1.1rem; margin: 0 0 .3rem }
h4 { font-size: .95rem; margin: 1.2rem 0 .3rem }
.lead { font-size: 1.1rem; color: var(--faint); max-width: 46rem }
p { max-width: 46rem }
article { margin: 1.8rem 0 2.6rem }
.call { display: flex; flex-wrap: wrap; align-items: baseline; gap: .6rem; margin: .2rem 0 .6rem }
.call code { font-size: .95rem; background: none; padding: 0 }
.method { font: 600 .78rem/1 var(--mono); padding: .3rem .45rem; border: 1px solid currentColor; border-radius: 5px }
.get { color: var(--get) } .post { color: var(--post) } .patch { color: var(--patch) } .delete { color: var(--delete) }
.tag { font-size: .78rem; color: var(--faint) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th { text-align: left; font-weight: 600; color: var(--faint); font-size: .8rem }
th, td { padding: .42rem .9rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td:first-child { white-space: nowrap }
.need { color: var(--delete); font-size: .75rem; padding-left: .35rem }
details { margin: .6rem 0 }
summary { cursor: pointer; color: var(--link); font-size: .92rem }
@media (max-width: 52rem) {
  .layout { display: block }
  nav { position: static; max-height: none; border-right: 0; border-bottom: 1px solid var(--line) }
  main { padding: 1.2rem 1.1rem 4rem }
}
`;
