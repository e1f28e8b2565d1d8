import { lazy, type ComponentType } from 'react';

interface PageRoute {
	/** As wouter reads it: `/projects/:id`. A page gets its parameters with `useParams<'/projects/:id'>()`. */
	path: string;
	page: ComponentType;
}

/**
 * All pages. Each one is loaded when it is first opened, so that the first screen needs neither the editor nor the
 * charts. The server has the same list of paths (http/page.ts).
 */
export const routes: PageRoute[] = [
	{ path: '/', page: lazy(() => import('./projects/Projects.tsx')) },
	{ path: '/projects', page: lazy(() => import('./projects/Projects.tsx')) },
	{ path: '/projects/:id', page: lazy(() => import('./project/Project.tsx')) },
	{ path: '/projects/:id/versions/:configId', page: lazy(() => import('./prompt/Prompt.tsx')) },
	{ path: '/projects/:id/compare', page: lazy(() => import('./compare/Compare.tsx')) },
	{ path: '/projects/:id/deployments', page: lazy(() => import('./deployments/Deployments.tsx')) },
	{ path: '/logs', page: lazy(() => import('./logs/Logs.tsx')) },
	{ path: '/logs/:id', page: lazy(() => import('./log/Log.tsx')) },
	{ path: '/sessions', page: lazy(() => import('./sessions/Sessions.tsx')) },
	{ path: '/sessions/:id', page: lazy(() => import('./sessions/Session.tsx')) },
	{ path: '/usage', page: lazy(() => import('./usage/Usage.tsx')) },
	{ path: '/settings', page: lazy(() => import('./settings/Settings.tsx')) },
	{ path: '/sign-in', page: lazy(() => import('./signIn/SignIn.tsx')) },
];
