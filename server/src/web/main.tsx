import './start.ts';
import './styles.ts';

import { createRoot } from 'react-dom/client';

import { App } from './app.tsx';
import { loadPage } from './routes.tsx';

// After an upgrade of the server, a page that is still open asks for files that are gone. Its new document names the new
// ones. If that does not help, the error is shown.
window.addEventListener('vite:preloadError', () => {
	if (Date.now() - Number(sessionStorage.getItem('reloadedAt')) < 10_000) return;
	sessionStorage.setItem('reloadedAt', String(Date.now()));
	location.reload();
});

/** Loads the page of a link when somebody is about to follow it. */
function loadLinked({ target }: Event): void {
	const link = target instanceof Element ? target.closest<HTMLAnchorElement>('a[href]') : null;
	if (link?.origin === location.origin) loadPage(link.pathname).catch(() => undefined);
}
document.addEventListener('pointerover', loadLinked, { passive: true });
document.addEventListener('focusin', loadLinked);

const root = createRoot(document.getElementById('root')!);
const render = () => root.render(<App />);
// If the page cannot be loaded, it is tried again when it is drawn, and the error is shown.
loadPage(location.pathname).then(render, render);
