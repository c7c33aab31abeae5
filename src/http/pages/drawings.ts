/** Drawings that stand in the pages; they say nothing that the text does not. */
const icon = (paths: string) => `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${paths}</svg>`

export const ferry = icon('<path d="M3 14h18l-2.2 4.2H5.8L3 14Z"/><path d="M6 14v-3h12v3M9 11V8h6v3M12 8V5"/><path d="M2.5 21c1.6 0 1.6-1 3.2-1s1.6 1 3.1 1 1.6-1 3.2-1 1.6 1 3.2 1 1.6-1 3.1-1 1.6 1 3.2 1"/>')
export const favicon = `data:image/svg+xml,${encodeURIComponent(ferry.replace('currentColor', '#3d8fcc').replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"'))}`
export const arrowDown = icon('<path d="M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 20h14"/>')
export const sheets = icon('<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15H4a1 1 0 0 1-1-1V5a2 2 0 0 1 2-2h9a1 1 0 0 1 1 1v1"/>')
export const list = icon('<path d="M4 7h11M4 12h11M4 17h7"/><path d="m16 14 5 3-5 3v-6Z"/>')
export const note = icon('<path d="M9 18V6l10-2v12"/><circle cx="6.5" cy="18" r="2.5"/><circle cx="16.5" cy="16" r="2.5"/>')
export const paper = icon('<path d="M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9l-6-6Z"/><path d="M13 3v6h6"/>')

/** What stands where a film will be, since its picture in Telegram would cost a request to Telegram for each page: a ferry at night, as a data URL. */
export const poster = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 900" preserveAspectRatio="xMidYMid slice">
<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="#0a1a2b"/><stop offset="1" stop-color="#1d4c72"/></linearGradient>
<linearGradient id="w" x2="0" y2="1"><stop stop-color="#123a59"/><stop offset="1" stop-color="#071420"/></linearGradient></defs>
<path fill="url(#s)" d="M0 0h1600v620H0z"/><circle cx="1180" cy="230" r="62" fill="#f3e3b3" opacity=".9"/>
<path fill="url(#w)" d="M0 610h1600v290H0z"/>
<g fill="#0b1a28"><path d="M470 600h660l-64 84H534z"/><path d="M560 552h480v48H560z"/><path d="M640 508h320v44H640z"/><path d="M776 456h64v52h-64z"/></g>
<g fill="#ffd98a"><path d="M600 566h30v18h-30zM660 566h30v18h-30zM720 566h30v18h-30zM780 566h30v18h-30zM840 566h30v18h-30zM900 566h30v18h-30zM960 566h30v18h-30z"/><path d="M680 520h26v16h-26zM740 520h26v16h-26zM800 520h26v16h-26zM860 520h26v16h-26z" opacity=".8"/></g>
<g fill="none" stroke="#6fb3dd" stroke-width="5" stroke-linecap="round" opacity=".35"><path d="M120 720q40-16 80 0t80 0 80 0M1080 740q40-16 80 0t80 0 80 0M520 790q40-16 80 0t80 0 80 0 80 0M1260 830q40-16 80 0t80 0M220 850q40-16 80 0t80 0"/></g>
</svg>`.replaceAll('\n', ''))}`
