/**
 * Style of the pages: the turquoise of tiles on calm paper, as in the portal; system fonts, nothing to download. One sheet for all pages,
 * so that it is hashed once for the policy. Sizes are in rem, which grows with a very large screen.
 */
export const style = `
:root { color-scheme: light dark; --paper: #f3f7f7; --card: #fff; --ink: #12272d; --soft: #4b626a; --line: #d2dee0; --field: #72888f;
  --accent: #00697a; --accent-strong: #00525f; --on-accent: #fff; --accent-soft: #e2f1f3; --band: #0b4a57; --band-deep: #083843;
  --band-ink: #fff; --band-soft: #d3e9ec; --gold: #d9b25f; --alarm: #a3201a; --alarm-soft: #fdecea; --good: #14663a;
  --good-soft: #e5f4ea; --shadow: 0 .6rem 2rem #0b4a5724; font: max(100%, .42vw + 50%)/1.5 system-ui, 'Segoe UI', Roboto,
  'Noto Sans', 'DejaVu Sans', sans-serif }
@media (prefers-color-scheme: dark) { :root { --paper: #0c1619; --card: #132126; --ink: #e4eef0; --soft: #a3b8be; --line: #294047;
  --field: #7d959c; --accent: #6fd0da; --accent-strong: #93e2ea; --on-accent: #06262c; --accent-soft: #173239; --band: #0a2c35;
  --band-deep: #071e25; --band-soft: #b9d7dc; --alarm: #ffa198; --alarm-soft: #3a1b1b; --good: #7fdba3; --good-soft: #12301f;
  --shadow: 0 .6rem 2rem #0006 } }
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; background: var(--paper);
  color: var(--ink); overflow-wrap: break-word }
h1, h2, h3, p, ul, ol, dl, dd, form, figure, fieldset { margin: 0; padding: 0; border: 0; min-width: 0 }
ul, ol { list-style: none }
h1 { font-size: 1.6rem; line-height: 1.2; letter-spacing: -.01em; text-wrap: balance }
h2 { font-size: 1.15rem; line-height: 1.3; margin-top: 1.75rem }
h1 + *, h2 + * { margin-top: .6rem }
p + p, p + ul, ul + p { margin-top: .6rem }
form + p, form + ul, form:has(> .chosen) + form, details + p, figure + p, figure + ol, figure + form { margin-top: 1rem }
p { text-wrap: pretty }
a { color: var(--accent); text-underline-offset: .2em }
.quiet { color: var(--soft) } .small { font-size: .9rem }
code { font: .9em ui-monospace, 'SF Mono', 'Cascadia Mono', 'Roboto Mono', 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere }
:focus-visible { outline: .19rem solid var(--accent); outline-offset: .15rem; border-radius: .3rem }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem .8rem; z-index: 2 }
.band { position: relative; overflow: hidden; background: linear-gradient(160deg, var(--band), var(--band-deep)); color: var(--band-ink);
  padding-bottom: 7.5rem }
.band :focus-visible { outline-color: var(--gold) }
.tiles { position: absolute; inset: 0; width: 100%; height: 100%; opacity: .13 }
.bar { position: relative; max-width: 76rem; margin: 0 auto; padding: 1rem clamp(1rem, 4vw, 2.5rem); display: flex; flex-wrap: wrap;
  gap: .6rem 1.5rem; align-items: center; justify-content: space-between }
.brand { display: flex; gap: .7rem; align-items: center; color: inherit; text-decoration: none; font-weight: 600; line-height: 1.2 }
.brand svg { width: 2.2rem; height: 2.2rem; flex: none }
.brand span { display: block; font-weight: 400; font-size: .85rem; color: var(--band-soft) }
.languages { display: flex; flex-wrap: wrap; gap: .15rem; font-size: .95rem }
.languages > * { padding: .35rem .65rem; border-radius: 2rem; color: var(--band-ink); text-decoration: none }
.languages a:hover { text-decoration: underline }
.languages strong { background: #ffffff26; font-weight: 600 }
main { position: relative; width: min(27.5rem, 100% - 1.5rem); margin: -6.5rem auto 2.5rem; padding: clamp(1.25rem, 5vw, 2.25rem);
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem; box-shadow: var(--shadow) }
main.wide { width: min(58rem, 100% - 1.5rem) }
main.wide > form { max-width: 26rem }
main:focus { outline: none }
[hidden] { display: none !important }
footer { margin-top: auto; padding: 0 1rem 1.25rem; text-align: center; color: var(--soft); font-size: .875rem }
.client { display: flex; gap: .85rem; align-items: center; margin-bottom: 1.25rem }
.tile { flex: none; width: 3rem; height: 3rem; border-radius: .85rem; display: grid; place-items: center; background: var(--accent-soft);
  color: var(--accent-strong); font-weight: 700; font-size: 1.3rem; text-transform: uppercase } img.tile { object-fit: contain; background: #fff }
.client strong { display: block; line-height: 1.25 } .client > div { min-width: 0 }
label, .label { display: block; font-weight: 600; margin-top: 1.1rem }
.hint { color: var(--soft); font-size: .9rem; margin-top: .25rem }
input:not([type=checkbox], [type=radio], [type=hidden]), select, textarea { font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--field); border-radius: .6rem; padding: .7rem .8rem; width: 100%; margin-top: .35rem; min-height: 3rem }
input:focus-visible, select:focus-visible { outline-offset: 0; border-color: var(--accent); border-radius: .6rem }
input[type=checkbox], input[type=radio] { width: 1.2rem; height: 1.2rem; accent-color: var(--accent); margin: 0 }
input.code { font: 600 1.5rem/1.2 ui-monospace, 'DejaVu Sans Mono', monospace; letter-spacing: .35em; text-align: center }
button, .button { display: block; font: inherit; font-weight: 600; text-align: center; text-decoration: none; border-radius: .6rem;
  border: 1px solid var(--accent); padding: .72rem 1.1rem; min-height: 3rem; margin-top: 1.4rem; width: 100%; cursor: pointer;
  background: var(--accent); color: var(--on-accent) }
button:hover, .button:hover { background: var(--accent-strong); border-color: var(--accent-strong) }
.other { background: none; color: var(--accent); border-color: var(--line); margin-top: .7rem }
.other:hover { background: var(--accent-soft); border-color: var(--accent) }
.danger { background: none; color: var(--alarm); border-color: var(--alarm) }
.danger:hover { background: var(--alarm-soft); border-color: var(--alarm) }
.plain { background: none; border: 0; color: var(--accent); text-decoration: underline; text-underline-offset: .2em; margin-top: .5rem }
.plain:hover { background: none; color: var(--accent-strong) }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .7rem; margin-top: 1.5rem } .pair > * { margin-top: 0; padding-inline: .6rem }
.pair > :first-child { order: 2 }
.or { display: flex; gap: .8rem; align-items: center; color: var(--soft); font-size: .9rem; margin-top: 1.4rem }
.or::before, .or::after { content: ''; flex: 1; border-top: 1px solid var(--line) }
.or + * { margin-top: .9rem }
.alarm, .notice { border-radius: .6rem; padding: .75rem .95rem; margin-top: 1rem; border-inline-start: .25rem solid currentColor }
.alarm { background: var(--alarm-soft); color: var(--alarm) } .notice { background: var(--good-soft); color: var(--good) }
.asks { margin-top: .9rem; border: 1px solid var(--line); border-radius: .7rem }
.asks label { display: flex; gap: .75rem; padding: .7rem .9rem; margin: 0; font-weight: 400; cursor: pointer } .asks input { flex: none; margin-top: .2rem }
fieldset { border: 0; padding: 0; margin: 0; min-width: 0 } legend { padding: 0; margin-top: 1rem }
fieldset + p { margin-top: .8rem } summary { cursor: pointer; color: var(--accent); padding: .4rem 0 } .asks li + li { border-top: 1px solid var(--line) }
.asks svg { flex: none; width: 1.35rem; height: 1.35rem; margin-top: .1rem; color: var(--accent) }
.asks small { display: block; color: var(--soft); font-size: .875rem }
.rows { margin-top: .8rem; border-top: 1px solid var(--line) }
.rows > li { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; justify-content: space-between; padding: .8rem 0;
  border-bottom: 1px solid var(--line) }
.rows > li > :first-child { flex: 1 1 14rem; min-width: 0 } .rows small { display: block; color: var(--soft); font-size: .875rem }
.rows button, .rows .button { width: auto; margin: 0; min-height: 2.6rem; padding: .45rem .95rem } .rows .asks + button { margin-top: .7rem }
.actions { display: flex; flex-wrap: wrap; gap: .7rem; margin-top: 1rem } .actions > *, .actions button { width: auto; margin-top: 0 }
.chip { display: inline-block; border-radius: 2rem; padding: .1rem .65rem; font-size: .85rem; background: var(--accent-soft);
  color: var(--accent-strong) }
.steps { list-style: decimal; padding-inline-start: 1.3rem; margin-top: .9rem } .steps li { margin-top: .35rem }
.qr { background: #fff; border-radius: .8rem; padding: .6rem; width: 13rem; margin: 1.1rem auto 0; border: 1px solid var(--line) }
.qr svg { display: block; width: 100%; height: auto }
.codes { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; margin-top: 1rem; padding: .9rem; border: 1px dashed var(--field);
  border-radius: .7rem; text-align: center }
dl.facts { display: grid; grid-template-columns: minmax(7rem, auto) 1fr; gap: .45rem 1rem } dl.facts dt { color: var(--soft) }
table { border-collapse: collapse; width: 100%; margin-top: .8rem; font-size: .95rem } .scroll { overflow-x: auto }
th, td { text-align: start; padding: .5rem .8rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 600 }
.tabs { display: flex; flex-wrap: wrap; gap: .3rem .4rem; margin-bottom: 1.4rem }
.tabs a { padding: .4rem .8rem; border-radius: 2rem; text-decoration: none } .tabs [aria-current] { background: var(--accent-soft) }
.pick { display: flex; gap: .9rem; align-items: center; width: 100%; text-align: start; font-weight: 400; margin-top: .5rem;
  background: none; color: inherit; border-color: var(--line) }
.pick:hover { background: var(--accent-soft) } .pick strong, .pick small { display: block } .pick small { color: var(--soft) }
.chosen { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; justify-content: space-between; margin-top: 1rem;
  padding: .8rem .95rem; border: 1px solid var(--accent); border-radius: .7rem; background: var(--accent-soft) }
.chosen > div { flex: 1 1 12rem; min-width: 0 } .chosen strong, .chosen small { display: block } .chosen small { color: var(--soft) }
.chosen button { width: auto; margin: 0; padding: .3rem 0 } .chosen + * { margin-top: 1rem } .pick > span { min-width: 0 }
@media (max-width: 30rem) { h1 { font-size: 1.45rem } .languages > * { padding: .35rem .55rem } .bar { padding-block: .75rem } }
@media (max-height: 32rem) { .band { padding-bottom: 6.5rem } }
@media (forced-colors: active) { button, .button, .chip, .tile { border: 1px solid } }
@media print { .band, .languages, footer, form { display: none } main { margin: 0; border: 0; box-shadow: none; width: 100% } }
`;
