/** The address of the page to sign in, which leads back to where somebody was. */
export function signInPath(from: string): string {
	return from === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ next: from }).toString()}`;
}

/** Where to go after signing in: a path of this page, whatever the address says. */
export function nextPath(parameters: URLSearchParams): string {
	const next = parameters.get('next') ?? '/';
	const url = new URL(next, location.origin);
	return url.origin === location.origin && next.startsWith('/') ? url.pathname + url.search : '/';
}
