/** The links of the header, in order. A page that has a list is added here. */
export const navigation = [
	{ href: '/projects', label: 'Projects' },
	{ href: '/logs', label: 'Logs' },
	{ href: '/sessions', label: 'Sessions' },
	{ href: '/usage', label: 'Usage' },
	{ href: '/settings', label: 'Settings' },
];
