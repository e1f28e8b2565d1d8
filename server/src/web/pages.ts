import type { ComponentType } from 'react';

export interface Page {
	/** As wouter reads it: `/projects/:id`. A page gets its parameters with `useParams<'/projects/:id'>()`. */
	path: string;
	load: () => Promise<{ default: ComponentType }>;
}

/**
 * All pages. Each one is loaded when it is first needed, so that the first screen needs neither the editor nor the
 * charts. The server has the same list of paths (http/page.ts).
 */
export const pages: Page[] = [
	{ path: '/', load: () => import('./projects/Projects.tsx') },
	{ path: '/projects', load: () => import('./projects/Projects.tsx') },
	{ path: '/projects/:id', load: () => import('./project/Project.tsx') },
	{ path: '/projects/:id/versions/:configId', load: () => import('./prompt/Prompt.tsx') },
	{ path: '/projects/:id/compare', load: () => import('./compare/Compare.tsx') },
	{ path: '/projects/:id/deployments', load: () => import('./deployments/Deployments.tsx') },
	{ path: '/logs', load: () => import('./logs/Logs.tsx') },
	{ path: '/logs/:id', load: () => import('./log/Log.tsx') },
	{ path: '/sessions', load: () => import('./sessions/Sessions.tsx') },
	{ path: '/sessions/:id', load: () => import('./sessions/Session.tsx') },
	{ path: '/usage', load: () => import('./usage/Usage.tsx') },
	{ path: '/settings', load: () => import('./settings/Settings.tsx') },
	{ path: '/sign-in', load: () => import('./signIn/SignIn.tsx') },
];

/** The page at an address. */
export function pageAt(pathname: string): Page | undefined {
	return pages.find(({ path }) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`).test(pathname));
}
