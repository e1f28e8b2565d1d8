import './styles.ts';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app.tsx';

// After an upgrade of the server, a page that is still open asks for files that are gone. Its new document names the new
// ones. If that does not help, the error is shown.
window.addEventListener('vite:preloadError', () => {
	if (Date.now() - Number(sessionStorage.getItem('reloadedAt')) < 10_000) return;
	sessionStorage.setItem('reloadedAt', String(Date.now()));
	location.reload();
});

createRoot(document.getElementById('root')!).render(
	<StrictMode>
		<App />
	</StrictMode>,
);
