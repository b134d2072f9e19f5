/**
 * Styles of the operators' pages in addition to the style sheet of all pages: lists in columns, cards, a chart. Hashed once, like that
 * sheet.
 */
export const operatorStyle = `
:root { --wait: #6d4a00; --wait-soft: #fbefd2 }
@media (prefers-color-scheme: dark) { :root { --wait: #f0c877; --wait-soft: #33270d } }
main.full { width: min(84rem, 100% - 1.5rem); padding: clamp(1rem, 2.5vw, 2rem) }
.page-head { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; justify-content: space-between; margin-bottom: .9rem }
.page-head p { color: var(--soft); font-size: .9rem; margin: 0 }
.full .tabs { border-bottom: 1px solid var(--line); padding-bottom: .7rem; margin-bottom: 1.2rem }
.full .tabs [aria-current] { font-weight: 600 }
.full h2 { font-size: 1.3rem; margin-top: 0; letter-spacing: -.005em }
.full h3 { font-size: 1rem; margin: 0 }
.full h3 + * { margin-top: .5rem } .full h3.place { margin-top: 1.6rem }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(12, 1fr); margin-top: 1rem }
.card { grid-column: span 12; border: 1px solid var(--line); border-radius: .8rem; padding: 1rem 1.1rem; min-width: 0 }
@media (min-width: 48rem) { .card.half { grid-column: span 6 } .card.third { grid-column: span 4 } }
@media (min-width: 70rem) { .card.most { grid-column: span 8 } .card.less { grid-column: span 4 } }
.card > h3 { color: var(--soft); font-weight: 600; font-size: .95rem }
.figure { font-size: 2.1rem; font-weight: 700; line-height: 1.1; letter-spacing: -.02em; font-variant-numeric: tabular-nums }
.figure small { font-size: .95rem; font-weight: 400; letter-spacing: 0; color: var(--soft) }
.figures { display: flex; flex-wrap: wrap; gap: .3rem 1.8rem; align-items: baseline }
.key-good::before, .key-bad::before { content: ''; display: inline-block; width: .7rem; height: .7rem; border-radius: .2rem;
  margin-inline-end: .4rem; background: var(--accent) }
.key-bad::before { background: var(--alarm) }
.chart { margin-top: .9rem; display: grid; grid-template-columns: auto 1fr; gap: .2rem .6rem; font-size: .8rem; color: var(--soft) }
.chart svg { display: block; width: 100%; height: clamp(7rem, 16vw, 11rem) }
.chart .good { fill: var(--accent) } .chart .bad { fill: var(--alarm) } .chart .rule { stroke: var(--line); stroke-width: 1 }
.chart .scale { display: flex; flex-direction: column; justify-content: space-between; text-align: end; font-variant-numeric: tabular-nums }
.chart .hours { grid-column: 2; display: grid; grid-template-columns: repeat(4, 1fr); font-variant-numeric: tabular-nums }
details { margin-top: .8rem } summary { cursor: pointer; color: var(--accent); min-height: 1.6rem }
details table { max-width: 30rem }
.full > form.finder { max-width: none }
.finder { display: flex; flex-wrap: wrap; gap: .6rem .8rem; align-items: end }
.finder > div { flex: 1 1 9rem; min-width: 0 } .finder > .long { flex: 3 1 16rem }
.finder label { margin-top: 0; font-size: .9rem } .finder .hint { margin: .25rem 0 0 }
.finder button, .finder .button { width: auto; margin: 0; min-height: 3rem }
.entries { margin-top: 1rem; border-top: 1px solid var(--line) }
.entries > li { border-bottom: 1px solid var(--line) }
.entry { display: grid; grid-template-columns: 1fr; gap: .15rem .9rem; padding: .7rem .4rem; align-items: center; color: inherit;
  text-decoration: none; border-radius: .4rem; min-height: 2.9rem }
a.entry:hover { background: var(--accent-soft) } .entry strong { font-weight: 600 }
.entry small, .rows small { color: var(--soft); font-size: .875rem } .entry > * { min-width: 0 }
.who { display: flex; gap: .8rem; align-items: center } .who .tile { width: 2.4rem; height: 2.4rem; border-radius: .7rem; font-size: 1.05rem }
.who strong, .who small { display: block }
.entries > li { container-type: inline-size }
@container (min-width: 36rem) {
  .entry.person, .entry.staff, .entry.client-entry, .entry.session-entry, .entry.job { grid-template-columns: repeat(2, minmax(0, 1fr)) }
  .entry.event { grid-template-columns: 10rem minmax(0, 1fr) minmax(0, 1fr) } .entry.event > .clip { grid-column: 2 }
}
@container (min-width: 54rem) {
  .entry.person { grid-template-columns: minmax(14rem, 3fr) minmax(8rem, 3fr) minmax(8rem, 2fr) 8rem }
  .entry.staff { grid-template-columns: minmax(14rem, 3fr) minmax(10rem, 3fr) minmax(12rem, 2fr) }
  .entry.client-entry { grid-template-columns: minmax(15rem, 4fr) minmax(8rem, 1fr) minmax(8rem, 2fr) 11rem }
  .entry.session-entry { grid-template-columns: minmax(13rem, 3fr) minmax(9rem, 2fr) minmax(9rem, 3fr) 11rem }
  .entry.job { grid-template-columns: minmax(13rem, 3fr) minmax(11rem, 3fr) minmax(11rem, 2fr) minmax(9rem, 2fr) }
  .entry.job .actions { justify-content: flex-end }
  .entry.event { grid-template-columns: minmax(9.5rem, 2fr) minmax(11rem, 3fr) minmax(9rem, 3fr) minmax(8rem, 3fr) minmax(7rem, 1.2fr) }
  .entry.event > .clip { grid-column: auto }
  .entry > :last-child:not(:first-child) { text-align: end }
}
.card .rows { border-top: 0; margin-top: .3rem } .card .rows > li:last-child { border-bottom: 0; padding-bottom: .2rem }
.entry .chip { margin-inline-end: .3rem } .chips { display: flex; flex-wrap: wrap; gap: .35rem }
.chip.good { background: var(--good-soft); color: var(--good) } .chip.bad { background: var(--alarm-soft); color: var(--alarm) }
.chip.wait { background: var(--wait-soft); color: var(--wait) }
.chip.plain-chip { background: none; box-shadow: inset 0 0 0 1px var(--line); color: var(--soft) }
.pages { display: flex; flex-wrap: wrap; gap: .7rem; margin-top: 1rem; align-items: center; justify-content: space-between }
.pages .button { width: auto; margin: 0 } .pages p { color: var(--soft); font-size: .875rem; margin: 0 }
.object { display: flex; gap: 1rem; align-items: center; margin-bottom: 1.1rem; flex-wrap: wrap }
.object > div:nth-child(2) { flex: 1 1 12rem; min-width: 0 } .object .tile { width: 3.6rem; height: 3.6rem; font-size: 1.6rem; border-radius: 1rem }
.object p { margin: .15rem 0 0 }
.sides { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr) }
@media (min-width: 60rem) { .sides { grid-template-columns: minmax(0, 1fr) minmax(16rem, 22rem) }
  .sides > aside { grid-column: 2; grid-row: 1 } .sides > div { grid-column: 1; grid-row: 1 } }
.stack { display: grid; gap: 1rem; align-content: start; min-width: 0 } .stack .card { grid-column: auto }
.doings { display: grid; gap: .6rem } .doings .button { margin: 0; text-align: start }
.question { max-width: 38rem; margin: 0 auto } .question textarea { min-height: 6rem; resize: vertical }
.question .pair > :first-child { order: 0 } .question .pair > :last-child { order: -1 }
.question h3.label { margin-top: 1.2rem }
.bullets { list-style: disc; padding-inline-start: 1.2rem } .bullets li + li { margin-top: .3rem }
.secret { font: 600 1.15rem/1.4 ui-monospace, 'DejaVu Sans Mono', monospace; padding: .9rem 1rem; border: 1px dashed var(--field);
  border-radius: .7rem; overflow-wrap: anywhere; user-select: all; margin-top: .6rem }
.full dl.facts { grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr) } .full dl.facts dd { overflow-wrap: anywhere }
@media (max-width: 30rem) { .full dl.facts { grid-template-columns: 1fr; gap: .1rem } .full dl.facts dd { margin-bottom: .5rem }
  .question .pair { grid-template-columns: 1fr } .question .pair > :last-child { order: 1 } }
.entry .below, .entry .clip { display: block } .clip { overflow: hidden; text-overflow: ellipsis; display: -webkit-box; -webkit-line-clamp: 2;
  -webkit-box-orient: vertical; overflow-wrap: anywhere }
.entry code { font-size: .95em }
.entry.job .actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 }
.entry.job .button { width: auto; margin: 0; min-height: 2.4rem; padding: .35rem .8rem }
.far { display: inline-flex; gap: .5rem; align-items: center; font-variant-numeric: tabular-nums }
progress { accent-color: var(--accent); width: 8rem; height: .8rem }
.line { display: block } .line + .line { margin-top: .2rem }
.lead { max-width: 48rem } .lead + .finder { margin-top: .9rem } .empty { padding: 2rem 0; text-align: center }
.head-line { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; justify-content: space-between; margin-bottom: .8rem }
.head-line h2, .head-line .button, .full .head-line h3.place { margin: 0 } :is(.lead, .entries, .empty, .alarm, .quiet) + .head-line { margin-top: 1.6rem } .head-line .button { width: auto; min-height: 2.6rem; padding: .45rem .95rem }
.checks { margin-top: 1.1rem } .checks legend { font-weight: 600; padding: 0 } .checks .check { margin-top: .55rem }
.check { display: flex; gap: .7rem; align-items: start; font-weight: 400 } .check input { flex: none; margin-top: .15rem }
textarea.code-area { min-height: 3rem !important; font: .9rem/1.5 ui-monospace, 'DejaVu Sans Mono', monospace }
.finder input, .finder select { height: 3rem } .finder > .moment { flex: 1 1 13.5rem } .wide-field { flex: 1 1 100%; margin: 0 } .wide-field > .finder { margin-top: .5rem }
.bars { margin: .7rem 0 .2rem } .bars svg { display: block; width: 100% }
.bars .good { fill: var(--good) } .bars .soft { fill: var(--accent); opacity: .35 } .bars .now { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 3 2 }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .85rem; color: var(--soft); margin-top: .5rem }
.bars .legend svg { display: inline-block; width: 1rem; height: .8rem; margin-inline-end: .4rem } .bars .scale { display: flex; justify-content: space-between; font-size: .8rem; color: var(--soft); font-variant-numeric: tabular-nums }
.matrix { font-size: .9rem; margin-top: .4rem } .matrix th[scope=row] { font-weight: 400; color: inherit; min-width: 8rem }
.matrix td, .matrix th { padding: .35rem .5rem .35rem 0; vertical-align: middle } .matrix .dot { text-align: center; padding-inline: .3rem }
.matrix thead th { font-size: .8rem; vertical-align: bottom } .matrix small { display: block; color: var(--soft); font-size: .85rem }
@media (max-width: 40rem) { .matrix thead .dot span { writing-mode: vertical-rl; rotate: 180deg } .full .tabs a { padding: .3rem .6rem } }
.dot .is { display: inline-block; width: .8rem; height: .8rem; border-radius: 50%; background: var(--accent) }
.card .actions .button { min-height: 2.6rem; padding: .45rem .95rem } .scroll + p { margin-top: .7rem } .card > details:first-child { margin-top: 0 }
pre { margin: .6rem 0 0; max-height: 30rem; overflow: auto; font-size: .875rem } .grow { flex: 1 1 12rem; min-width: 0 }
.paper { margin-top: 1.4rem; padding-top: 1rem; border-top: 1px solid var(--line) } .paper h2 small { font-weight: 400; color: var(--soft) } .paper dd code { font-size: 1.2rem } .paper dl.facts { margin-block: .8rem }
@media print { header, nav, footer, .unprinted, .tabs, .skip { display: none !important } .paper { break-inside: avoid } }
@media (forced-colors: active) { .dot .is { border: .4rem solid CanvasText } } @media (forced-colors: active) { .chart .good { fill: CanvasText } .chart .bad { fill: Mark } .card { border: 1px solid } }
`;
