import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** Grays of the dark scheme, from text to the deepest background. */
const dark: MantineColorsTuple = [
	'#d6d9de',
	'#bcc1c8',
	'#9aa1ab',
	'#6d7580',
	'#434a54',
	'#343a43',
	'#262b33',
	'#181b20',
	'#131519',
	'#0e1013',
];

export const theme = createTheme({
	primaryColor: 'indigo',
	// The shades whose contrast with white text is at least 4.5.
	primaryShade: { light: 7, dark: 8 },
	colors: { dark },
	fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, sans-serif',
	fontFamilyMonospace:
		'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
	headings: {
		fontWeight: '600',
		sizes: {
			h1: { fontSize: '1.625rem', lineHeight: '1.25' },
			h2: { fontSize: '1.125rem', lineHeight: '1.4' },
			h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
		},
	},
	defaultRadius: 'sm',
	respectReducedMotion: true,
	cursorType: 'pointer',
	components: {
		// A second `header` element would be a second landmark of the page.
		Modal: { defaultProps: { attributes: { header: { role: 'presentation' } } } },
		Tooltip: { defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: true } } },
		// On the alert's own color, the title would be too pale.
		Alert: { defaultProps: { styles: { title: { color: 'var(--mantine-color-text)' } } } },
		// Below a title, Mantine's gray is too pale on white; and a white notice needs an edge on a white page.
		Notification: {
			defaultProps: { withBorder: true, styles: { description: { color: 'var(--mantine-color-dimmed)' } } },
		},
		Menu: { defaultProps: { shadow: 'sm', withinPortal: true } },
	},
});

/** Colors that Mantine has too pale: contrast is at least 4.5 on the page's background. */
export const cssVariables: CSSVariablesResolver = () => ({
	variables: {},
	light: {
		'--mantine-color-dimmed': '#5b6470',
		'--mantine-color-placeholder': '#6b7480',
		'--mantine-color-error': '#c92a2a',
		'--mantine-color-anchor': '#3b5bdb',
		'--line': '#e4e7eb',
		'--surface': '#f7f8fa',
		'--good': '#2b7a39',
		'--bad': '#c92a2a',
		'--warn': '#9a5b00',
	},
	dark: {
		'--mantine-color-dimmed': '#9aa3af',
		'--mantine-color-placeholder': '#88919d',
		'--mantine-color-error': '#ff8787',
		'--mantine-color-anchor': '#91a7ff',
		'--line': '#2a2f37',
		'--surface': '#1e2228',
		'--good': '#69db7c',
		'--bad': '#ff8787',
		'--warn': '#ffc078',
	},
});
