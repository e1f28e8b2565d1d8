import { welcomeLines, type Welcome } from '../n8n/welcome.ts';

/** What `npm start` prints at its end. The real n8n is in e2e/start.ts. */
const welcome: Welcome = {
	n8n: { url: 'http://127.0.0.1:5678', asksForAccount: true, workflows: 10 },
	server: 'http://127.0.0.1:8400',
	link: `http://127.0.0.1:8400/sign-in#code=${'c'.repeat(43)}`,
	files: {
		key: '.data/start/api-key',
		logs: '.data/start',
		database: '.data/humanloop.db',
		oldServer: '.data/start/server',
	},
	otherBaseUrl: 'http://127.0.0.1:8401/v4',
};

test('nothing is wider than the terminal, except an address, which stays whole', () => {
	const lines = welcomeLines(welcome, 80);
	expect(lines.filter((line) => line.length > 80).map((line) => line.trim())).toEqual([welcome.link]);
	expect(lines.join('\n')).toMatch(/^Sign in {4}This link/m);
	expect(lines.filter((line) => /^ {11}\S/.test(line)).length).toBeGreaterThan(5);
});

test('notes and the account are there only if they are needed', () => {
	const text = (change: Partial<Welcome>) =>
		welcomeLines({ ...welcome, ...change }, 80)
			.join('\n')
			.replace(/\s+/g, ' ');
	expect(text({})).toMatch(/Earlier versions .* made for http:\/\/127.0.0.1:8401\/v4/);
	expect(text({ otherBaseUrl: undefined, files: { ...welcome.files, oldServer: undefined } })).not.toMatch(/Note/);
	expect(text({})).toMatch(/n8n asks for an account/);
	expect(text({ n8n: { ...welcome.n8n, asksForAccount: false } })).not.toMatch(/account/);
});
