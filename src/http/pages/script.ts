/** The only script of the pages: it copies the link, and says when the browser cannot play the file. The policy names it by its hash. */
export const script = `
(() => {
  const find = id => document.getElementById(id);
  const link = find('link'), copy = find('copy'), said = find('said'), stage = find('stage'), note = find('unplayable');
  if (copy && link) {
    const label = copy.querySelector('span'), text = label.textContent;
    let timer;
    copy.hidden = false;
    copy.addEventListener('click', async () => {
      let done = true;
      try { await navigator.clipboard.writeText(link.value); } catch { link.select(); done = document.execCommand('copy'); }
      label.textContent = said.textContent = done ? 'Copied' : 'Press Ctrl+C';
      clearTimeout(timer);
      timer = setTimeout(() => { label.textContent = text; said.textContent = ''; }, 2500);
    });
    link.addEventListener('focus', () => link.select());
  }
  const media = stage && stage.querySelector('video, audio');
  if (!media || !note) return;
  const source = media.querySelector('source');
  const refuse = () => { stage.hidden = true; note.hidden = false; };
  if (media.canPlayType(source.type) === '') refuse();
  else { source.addEventListener('error', refuse); media.addEventListener('error', refuse); }
})();
`
