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

const codeInAddress = () => new URLSearchParams(location.hash.slice(1)).get('code') || undefined;

/** Whether the address is a link that signs in, `/sign-in#code=…`. */
export const hasCode = () => codeInAddress() !== undefined;

/** The code of the link, which is removed from the address and from the browser's history. */
export function takeCode(): string | undefined {
	const code = codeInAddress();
	if (code !== undefined) history.replaceState(history.state, '', location.pathname + location.search);
	return code;
}
