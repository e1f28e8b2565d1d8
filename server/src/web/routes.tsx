import { lazy, useState, type ComponentType } from 'react';

import { pageAt, pages, type Page } from './pages.ts';

/** The pages that have been loaded. */
const loaded = new Map<Page, ComponentType>();

/** Loads the page at an address, so that it is there at once when it is opened. */
export async function loadPage(pathname: string): Promise<void> {
	const page = pageAt(pathname);
	if (page && !loaded.has(page)) loaded.set(page, (await page.load()).default);
}

/**
 * A lazy page shows a placeholder until a promise has brought it. A page that is there already needs none, but `lazy` would
 * not know.
 */
function toComponent(page: Page): ComponentType {
	const Lazy = lazy(page.load);
	return function LoadedPage() {
		const [Component] = useState<ComponentType>(() => loaded.get(page) ?? Lazy);
		return <Component />;
	};
}

export const routes = pages.map((page) => ({ path: page.path, page: toComponent(page) }));
