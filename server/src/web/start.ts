import { askEarly } from './api/early.ts';
import { pageAt } from './pages.ts';

/*
 * What the page at this address needs first, asked before anything else runs: main.tsx imports this file first. The queries
 * of the page are the same, letter by letter. e2e/page/firstScreen.ts shows that nothing is asked twice.
 */

const newestLogs = (projectId: string) => askEarly(`/logs?project_id=${projectId}&page=0&size=64`);

/** The requests by the path of a page. Only of addresses without filters. */
const requests: Record<string, (id: string) => unknown> = {
	'/': () => requests['/projects']!(''),
	'/projects': () => [askEarly('/projects?page=0&size=50&sort_by=updated_at&order=desc'), askEarly('/environments')],
	'/projects/:id': (id) => ['', '/configs', '/deployed-configs'].map((path) => askEarly(`/projects/${id}${path}`)),
	'/logs': () => newestLogs('*'),
	'/logs/:id': (id) => askEarly(`/logs/${id}`),
};

const { pathname, search } = location;
const page = pageAt(pathname);

// The page shows the error.
page?.load().catch(() => undefined);

if (page && page.path !== '/sign-in') {
	void askEarly('/session');
	const [[name, value] = [undefined, ''], ...others] = [...new URLSearchParams(search)];
	if (name === undefined) requests[page.path]?.(pathname.split('/')[2] ?? '');
	else if (page.path === '/logs' && name === 'project' && others.length === 0)
		void newestLogs(encodeURIComponent(value));
}
